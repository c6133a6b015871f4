using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.RateLimiting;

public sealed class RateLimiterTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Refused_AreKnownByTheirKey()
    {
        var limiter = new RateLimiter("p", new RateLimitPolicyOptions { Capacity = 1, RefillPerSecond = 0.01 }, new RateLimitStoreOptions(), TimeProvider.System);
        for (int i = 0; i < 3; i++)
        {
            limiter.Take(new RateLimitKey(7), limiter.Size, 0, out BucketState _);
        }

        limiter.RefusedKeys.Top(10).Should().Equal(new RefusedKey(new RateLimitKey(7), 2));
    }

    [Fact]
    public void Keys_HaveBucketsOfTheirOwn()
    {
        RateLimiter limiter = Limiter(new() { Capacity = 1, RefillPerSecond = 1 });

        Take(limiter, 1).Should().BeTrue();
        Take(limiter, 1).Should().BeFalse();
        Take(limiter, 2).Should().BeTrue();
    }

    [Fact]
    public void Decisions_AreCounted()
    {
        RateLimiter limiter = Limiter(new() { Capacity = 2, RefillPerSecond = 1 });
        for (int i = 0; i < 5; i++)
        {
            Take(limiter, 1);
        }

        limiter.Allowed(LimitSource.Local).Value.Should().Be(2);
        limiter.Refused(LimitSource.Local).Value.Should().Be(3);
        limiter.Keys.Should().Be(1);
    }

    [Fact]
    public void Tier_HasItsOwnSize()
    {
        RateLimiter limiter = Limiter(new()
        {
            Key = RateLimitKeyKind.User,
            Capacity = 1,
            RefillPerSecond = 1,
            Tiers = new Dictionary<string, RateLimitTierOptions> { ["gold"] = new() { Capacity = 3, RefillPerSecond = 1 } },
        });

        Enumerable.Range(0, 10).Count(_ => Take(limiter, 1, "gold")).Should().Be(3);
        Enumerable.Range(0, 10).Count(_ => Take(limiter, 2, "silver")).Should().Be(1, "an unknown tier has the policy's own size");
        Enumerable.Range(0, 10).Count(_ => Take(limiter, 3)).Should().Be(1);
        limiter.SizeOf("gold").PolicyItem.Should().Be("\"p\";q=3;w=3");
    }

    [Fact]
    public void ChangedTier_StartsWithAFullBucket()
    {
        RateLimiter limiter = Limiter(new()
        {
            Capacity = 1_000_000,
            RefillPerSecond = 0.001,
            Tiers = new Dictionary<string, RateLimitTierOptions> { ["basic"] = new() { Capacity = 2, RefillPerSecond = 1 } },
        });
        for (int i = 0; i < 5_000; i++)
        {
            Take(limiter, 1);
        }

        Enumerable.Range(0, 10).Count(_ => Take(limiter, 1, "basic")).Should().Be(2, "what was spent under another tier is no debt here");
    }

    [Fact]
    public void FloodOfKeys_StaysWithinMaxKeys()
    {
        RateLimiter limiter = Limiter(new() { Capacity = 1, RefillPerSecond = 1 });
        for (uint key = 0; key < 5_000; key++)
        {
            Take(limiter, key);
        }

        limiter.Keys.Should().BeLessThanOrEqualTo(100);
    }

    [Fact]
    public async Task ManyThreads_AreGivenExactlyTheCapacity()
    {
        RateLimiter limiter = Limiter(new() { Capacity = 1_000, RefillPerSecond = 1 });
        await Given.OnThreads(8, _ =>
        {
            for (int i = 0; i < 500; i++)
            {
                Take(limiter, 1);
            }
        });

        limiter.Allowed(LimitSource.Local).Value.Should().Be(1_000);
        limiter.Refused(LimitSource.Local).Value.Should().Be(3_000);
    }

    [Fact]
    public void DecisionAboutAKnownKey_DoesNotAllocate()
    {
        var limiter = new RateLimiter("p", new() { Capacity = 100, RefillPerSecond = 1 }, new RateLimitStoreOptions(), TimeProvider.System);
        Allocations.Of(() => limiter.Take(new RateLimitKey(1), limiter.Size, TimeProvider.System.GetTimestamp(), out _)).Should().Be(0);
    }

    private RateLimiter Limiter(RateLimitPolicyOptions options) => new("p", options, new RateLimitStoreOptions { MaxKeys = 100 }, _clock);

    private bool Take(RateLimiter limiter, uint key, string? tier = null) =>
        limiter.Take(new RateLimitKey(key), limiter.SizeOf(tier), _clock.GetTimestamp(), out _) == LimitVerdict.Allowed;
}
