using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

/// <summary>Gateways that share a store: what they find, what they are told, and what they do when it is away.</summary>
public sealed class SharedTokensTests : IAsyncLifetime
{
    private static readonly UserContext User = new("u", null, [], [], null, null);
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ModelTokenStore _store = ModelTokenStore.Create();
    private readonly List<Exception?> _changes = [];
    private readonly List<SharedTokens> _all = [];
    private readonly List<int> _untold = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (SharedTokens one in _all)
        {
            await one.DisposeAsync();
        }

        await _store.DisposeAsync();
    }

    [Fact]
    public async Task WhatOneHasFoundOut_AnotherFinds()
    {
        ((SharedTokens one, Revocations known), (SharedTokens other, _)) = (New(), New());
        one.Keep(Key("t"), User, Life, known.View.Position);
        _clock.Advance(TimeSpan.FromMinutes(3));

        SharedUser? found = await other.FindAsync(Key("t"));

        found!.Value.User.UserId.Should().Be("u");
        found.Value.Life.Should().Be(Life - TimeSpan.FromMinutes(3));
        (await other.FindAsync(Key("unknown"))).Should().BeNull();
        (other.Hits.Value, other.Rejected.Value).Should().Be((1, 0));
        _store.LastLife.Should().Be(Life);
    }

    [Theory]
    [InlineData("garbled")]
    [InlineData("forged")]
    [InlineData("over")]
    [InlineData("of another token")]
    public async Task EntryThatIsNotToBeBelieved_IsNotAndCounts(string how)
    {
        (SharedTokens one, Revocations known) = New();
        one.Keep(Key("t"), User, Life, known.View.Position);
        string hash = _store.Entries.Keys.Single();
        switch (how)
        {
            case "garbled":
                _store.Entries[hash] = [1, 2, 3];
                break;
            case "forged":
                _store.Entries[hash] = new TokenSeal(new byte[32], new AuthOptions()).Seal(
                    Key("t"), SharedEntry.Of(User, _clock.GetUtcNow(), Life, known.View.Position!))!;
                break;
            case "over":
                _clock.Advance(Life);
                break;
            default:
                one.Keep(Key("other"), User, Life, known.View.Position);
                _store.Entries[hash] = _store.Entries.Single(entry => entry.Key != hash).Value;
                break;
        }

        (await one.FindAsync(Key("t"))).Should().BeNull();
        (one.Hits.Value, one.Rejected.Value).Should().Be((0, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EntryFromBeforeARevocation_IsNotBelieved_OneFromAfterIs(bool ofUser)
    {
        (SharedTokens one, Revocations known) = New();
        LogPosition? before = known.View.Position;
        Revocation what = ofUser ? Revocation.OfUser("u") : Revocation.OfKey(Key("t"));
        await _store.TellAsync(what.Text);
        await PassAsync(() => known.View.Position!.Sequence == 1);

        one.Keep(Key("t"), User, Life, before);
        (await one.FindAsync(Key("t"))).Should().BeNull();
        one.Keep(Key("t"), User, Life, known.View.Position);
        (await one.FindAsync(Key("t"))).Should().NotBeNull();
    }

    [Fact]
    public async Task Nudge_MakesAReadingAtOnce_AndWithoutOneItComesWithTheNext()
    {
        (_, Revocations known) = New();
        DateTimeOffset start = _clock.GetUtcNow();
        await _store.TellAsync(Revocation.OfUser("a").Text);
        await PassAsync(() => known.Count == 1, TimeSpan.FromMilliseconds(1));
        (_clock.GetUtcNow() - start).Should().BeLessThan(RevocationLink.Interval);

        _store.Nudges = false;
        await _store.TellAsync(Revocation.OfUser("b").Text);
        await PassAsync(() => known.Count == 2);
    }

    [Fact]
    public async Task StoreThatHangs_ACallWaitsNotLonger_AndThenNotAtAll()
    {
        (SharedTokens one, _) = New();
        _store.HeldEntries = new TaskCompletionSource();
        for (int i = 0; i < SharedTokens.Failures; i++)
        {
            Task<SharedUser?> found = one.FindAsync(Key("t")).AsTask();
            found.IsCompleted.Should().BeFalse();
            _clock.Advance(SharedTokens.Patience);
            (await found).Should().BeNull();
        }

        one.IsDegraded.Should().BeTrue();
        one.FindAsync(Key("t")).AsTask().IsCompletedSuccessfully.Should().BeTrue("nobody waits any more");
        _store.HeldEntries.SetResult();
        await PassAsync(() => !one.IsDegraded);
    }

    [Fact]
    public async Task StoreThatFails_IsAwayAfterAFewTimes_AndBackWithTheFirstAnswer()
    {
        (SharedTokens one, Revocations known) = New();
        _store.Failure = new IOException("gone");
        await PassAsync(() => known.View.IsAway);
        _changes.Should().ContainSingle().Which.Should().BeOfType<IOException>();
        one.IsDegraded.Should().BeTrue();

        _store.Failure = null;
        await PassAsync(() => !known.View.IsAway);
        _changes.Should().HaveCount(2);
        _changes[1].Should().BeNull();
    }

    [Fact]
    public async Task StoreThatIsSilent_IsAwayAfterASecond()
    {
        (_, Revocations known) = New();
        _store.Held = new TaskCompletionSource();
        await PassAsync(() => known.View.IsAway);
        _store.Held.SetResult();
        _store.Held = null;
        await PassAsync(() => !known.View.IsAway);
    }

    [Fact]
    public async Task Appended_ReachesTheOthers()
    {
        ((SharedTokens one, _), (_, Revocations others)) = (New(), New());
        (await one.AppendAsync(Revocation.OfUser("u"), null)).Should().Be(RevocationReach.Store);
        await PassAsync(() => others.Count == 1);
        others.Learned(RevocationSource.Store).Value.Should().Be(1);
    }

    [Fact]
    public async Task AppendedWhileAway_ReachesTheOthersWhenItIsBack()
    {
        ((SharedTokens one, Revocations known), (_, Revocations others)) = (New(), New());
        _store.Failure = new IOException("gone");
        await PassAsync(() => known.View.IsAway && others.View.IsAway);
        (await one.AppendAsync(Revocation.OfUser("u"), null)).Should().Be(RevocationReach.Here);

        _store.Failure = null;
        await PassAsync(() => others.Count == 1);
    }

    [Fact]
    public async Task AppendedToken_TakesItsEntryAway()
    {
        (SharedTokens one, Revocations known) = New();
        one.Keep(Key("t"), User, Life, known.View.Position);
        await one.AppendAsync(Revocation.OfKey(Key("t")), Key("t"));
        _store.Entries.Should().BeEmpty();
    }

    /// <summary>A gateway that has never seen the lost revocation, as one that has just started, knows its log to the end all the same.</summary>
    [Fact]
    public async Task FailoverThatLosesARevocation_EntriesFromBeforeAreNotBelievedByAnybody()
    {
        ((SharedTokens one, Revocations known), LogPosition? before) = (New(), null);
        before = known.View.Position;
        await _store.TellAsync(Revocation.OfUser("u").Text);
        await PassAsync(() => known.View.Position!.Sequence == 1);
        one.Keep(Key("t"), User, Life, before);
        string log = before!.Log;
        _store.LoseLast(1);
        await PassAsync(() => known.View.Position is { } position && position.Log != log);

        (SharedTokens started, Revocations fresh) = New();
        (await started.FindAsync(Key("t"))).Should().BeNull();
        (fresh.View.Position!.Sequence, one.Gaps).Should().Be((0, 1));
    }

    [Fact]
    public async Task TakenOver_WhatWaitsIsInForceAndTold()
    {
        ((SharedTokens one, Revocations known), (_, Revocations others)) = (New(), New());
        _store.Failure = new IOException("gone");
        await PassAsync(() => known.View.IsAway && others.View.IsAway);
        await one.AppendAsync(Revocation.OfUser("u"), null);
        (SharedTokens next, Revocations its) = New(isReady: false);
        next.TakeOver(one);
        await one.AppendAsync(Revocation.OfUser("late"), null);

        foreach (string user in new[] { "u", "late" })
        {
            its.IsRevoked(Revocation.OfUser(user), Revocation.OfUser(user), since: 0).Should().BeTrue();
        }

        await EndAsync(one);
        _store.Failure = null;
        await PassAsync(() => others.Count == 2);
        await EndAsync(next);
        _untold.Should().BeEmpty();
    }

    [Fact]
    public async Task EndBeforeTheStoreIsBack_TellsHowManyNobodyLearnedOf()
    {
        (SharedTokens one, Revocations known) = New();
        _store.Failure = new IOException("gone");
        await PassAsync(() => known.View.IsAway);
        await one.AppendAsync(Revocation.OfUser("u"), null);
        await one.AppendAsync(Revocation.OfUser("v"), null);
        await EndAsync(one);
        _untold.Should().Equal(2);
    }

    [Fact]
    public async Task BeforeTheLogIsKnown_NothingIsBelievedOrKept()
    {
        _store.Held = new TaskCompletionSource();
        (SharedTokens one, Revocations known) = New(isReady: false);
        one.Keep(Key("t"), User, Life, known.View.Position);
        (await one.FindAsync(Key("t"))).Should().BeNull();
        (one.IsDegraded, _store.Entries.Count).Should().Be((true, 0));
        _store.Held.SetResult();
    }

    [Fact]
    public async Task Dispose_EndsTheStore()
    {
        (SharedTokens one, _) = New();
        await EndAsync(one);
        _store.IsDisposed.Should().BeTrue();
    }

    private async Task EndAsync(SharedTokens one)
    {
        await one.DisposeAsync();
        _all.Remove(one);
    }

    private static string Key(string token)
    {
        Span<char> key = stackalloc char[TokenCache.KeyLength];
        TokenCache.MakeKey(token, key);
        return new string(key);
    }

    /// <summary>Lets time pass until something is so.</summary>
    private Task PassAsync(Func<bool> isSo, TimeSpan? step = null) => RealTime.PassAsync(_clock, isSo, step);

    private (SharedTokens Shared, Revocations Known) New(bool isReady = true)
    {
        var known = new Revocations(TimeSpan.FromMinutes(15), _clock);
        var shared = new SharedTokens(_store, new AuthOptions(), known, _clock, _changes.Add, _untold.Add);
        _all.Add(shared);
        (known.View.Position is not null).Should().Be(isReady, "the model answers at once");
        return (shared, known);
    }
}
