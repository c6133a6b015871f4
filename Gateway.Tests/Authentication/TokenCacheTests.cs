using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

public sealed class TokenCacheTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly TokenCache _cache;

    public TokenCacheTests() => _cache = new TokenCache(new AuthOptions(), _clock);

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void Key_IsTheSha256OfTheToken()
    {
        byte[] expected = SHA256.HashData(Encoding.ASCII.GetBytes("secret-token"));

        MemoryMarshal.AsBytes(Key("secret-token").AsSpan()).ToArray().Should().Equal(expected);
    }

    [Fact]
    public void Keys_NeverContainTheToken()
    {
        const string Token = "0123456789abcdef";
        _cache.Set(Key(Token), Valid());

        string held = _cache.Keys.Should().ContainSingle().Which.Should().BeOfType<string>().Subject;
        held.Should().HaveLength(16).And.NotContain(Token);
        Encoding.ASCII.GetString(MemoryMarshal.AsBytes(held.AsSpan())).Should().NotContain(Token);
    }

    [Fact]
    public void TokenThatIsNotAsciiOrTooLong_HasNoKey()
    {
        FluentActions.Invoking(() => Key("\u00e9")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Key(new string('a', 8193))).Should().Throw<ArgumentException>();
        Key(new string('a', 8192)).Should().HaveLength(16);
    }

    [Fact]
    public void ValidToken_LivesForTheCacheDuration()
    {
        _cache.Set(Key("t"), Valid());

        _clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromTicks(1));
        Get("t")!.Value.IsValid.Should().BeTrue();
        _clock.Advance(TimeSpan.FromTicks(1));
        Get("t").Should().BeNull();
    }

    [Fact]
    public void ValidToken_LivesNoLongerThanItself()
    {
        _cache.Set(Key("t"), Valid(_clock.GetUtcNow().AddSeconds(90)));

        _clock.Advance(TimeSpan.FromSeconds(90) - TimeSpan.FromTicks(1));
        Get("t")!.Value.User!.UserId.Should().Be("u1");
        _clock.Advance(TimeSpan.FromTicks(1));
        Get("t").Should().BeNull();
    }

    [Fact]
    public void TokenThatOutlivesTheCacheDuration_IsAskedAboutAgain()
    {
        _cache.Set(Key("t"), Valid(_clock.GetUtcNow().AddDays(1)));

        _clock.Advance(TimeSpan.FromMinutes(15));
        Get("t").Should().BeNull();
    }

    [Fact]
    public void TokenThatEndsNow_IsNotKept()
    {
        _cache.Set(Key("t"), Valid(_clock.GetUtcNow()));

        _cache.Count.Should().Be(0);
    }

    [Fact]
    public void InvalidToken_LivesForTheNegativeCacheDuration()
    {
        _cache.Set(Key("t"), TokenResult.Invalid);

        _clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Get("t")!.Value.Verdict.Should().Be(TokenVerdict.Invalid);
        _clock.Advance(TimeSpan.FromTicks(1));
        Get("t").Should().BeNull();
    }

    [Fact]
    public void Unknown_IsNeverKept()
    {
        _cache.Set(Key("t"), TokenResult.Unknown);

        _cache.Count.Should().Be(0);
        Get("t").Should().BeNull();
    }

    [Fact]
    public void DurationsOfZero_KeepNothing()
    {
        using var none = new TokenCache(
            new AuthOptions { CacheDuration = TimeSpan.Zero, NegativeCacheDuration = TimeSpan.Zero }, _clock);

        none.Set(Key("valid"), Valid());
        none.Set(Key("invalid"), TokenResult.Invalid);

        none.Count.Should().Be(0);
    }

    [Fact]
    public void WallClockSetBack_DoesNotLengthenLife()
    {
        var clock = new SteppingClock();
        using var cache = new TokenCache(new AuthOptions(), clock);
        cache.Set(Key("t"), Valid());

        clock.WallOffset = TimeSpan.FromHours(-1);
        clock.Monotonic += TimeSpan.FromMinutes(15);

        cache.Peek(Key("t"), out _).Should().Be(CacheFinding.None);
    }

    [Fact]
    public void MachineThatSlept_WakesWithoutTheEntry()
    {
        var clock = new SteppingClock();
        using var cache = new TokenCache(new AuthOptions(), clock);
        cache.Set(Key("t"), Valid());

        clock.WallOffset = TimeSpan.FromMinutes(15);

        cache.Peek(Key("t"), out _).Should().Be(CacheFinding.None, "the monotonic clock stands still during sleep, the wall clock does not");
    }

    [Fact]
    public void LookUps_AreCountedByOutcome()
    {
        _cache.Set(Key("valid"), Valid());
        _cache.Set(Key("invalid"), TokenResult.Invalid);

        Get("valid");
        Get("valid");
        Get("invalid");
        Get("new");
        Get("new");
        Get("new");
        _cache.Peek(Key("valid"), out _);

        (_cache.Hits.Value, _cache.NegativeHits.Value, _cache.Misses.Value).Should().Be((2, 1, 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(49)]
    [InlineData(200)]
    public void FullCache_StaysBounded_AndAdmitsNewTokensAfterMakingRoom(int size)
    {
        using var cache = new TokenCache(new AuthOptions { CacheSize = size }, _clock);
        for (int i = 0; i < size; i++)
        {
            cache.Set(Key($"t{i}"), Valid());
        }

        cache.Count.Should().Be(size, "exactly the limit fits");

        cache.Set(Key("one more"), Valid());
        cache.Count.Should().BeLessThanOrEqualTo(size);
        bool admitted = SpinWait.SpinUntil(
            () =>
            {
                cache.Set(Key("newcomer"), Valid());
                cache.Count.Should().BeLessThanOrEqualTo(size);
                return cache.Peek(Key("newcomer"), out _) == CacheFinding.Sure;
            },
            TimeSpan.FromSeconds(30));
        admitted.Should().BeTrue();
    }

    [Fact]
    public void FullCache_GivesUpInvalidTokensBeforeUsers()
    {
        using var cache = new TokenCache(new AuthOptions { CacheSize = 40 }, _clock);
        for (int i = 0; i < 20; i++)
        {
            cache.Set(Key($"user{i}"), Valid());
        }

        _clock.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < 20; i++)
        {
            cache.Set(Key($"made up {i}"), TokenResult.Invalid);
        }

        cache.Set(Key("one more"), TokenResult.Invalid);
        SpinWait.SpinUntil(() => cache.Count < 40, TimeSpan.FromSeconds(30)).Should().BeTrue();

        Enumerable.Range(0, 20).Count(i => cache.Peek(Key($"user{i}"), out _) == CacheFinding.Sure).Should().Be(20, "they are older, but users");
    }

    [Fact]
    public void Hit_AllocatesNothing_HashingIncluded()
    {
        string token = new('a', 1200);
        _cache.Set(Key(token), Valid());
        Allocations.Of(() => LookUp(token)).Should().Be(0);
        _cache.Hits.Value.Should().BePositive();
    }

    private TokenResult? Get(string token) => _cache.Find(Key(token), out TokenResult result) == CacheFinding.Sure ? result : null;

    private static string Key(string token)
    {
        Span<char> key = stackalloc char[TokenCache.KeyLength];
        TokenCache.MakeKey(token, key);
        return new string(key);
    }

    private void LookUp(string token)
    {
        Span<char> key = stackalloc char[TokenCache.KeyLength];
        TokenCache.MakeKey(token, key);
        _cache.Find(key, out _);
    }

    private static TokenResult Valid(DateTimeOffset? expiresAt = null) =>
        TokenResult.Valid(new UserContext("u1", null, [], [], null, expiresAt));

    /// <summary>Both clocks apart, as on a machine whose wall clock is set.</summary>
    private sealed class SteppingClock : TimeProvider
    {
        public TimeSpan Monotonic { get; set; } = TimeSpan.FromDays(1);

        public TimeSpan WallOffset { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Monotonic.Ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Monotonic + WallOffset;
    }
}
