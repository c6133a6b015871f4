using Gateway.Core.RateLimiting;

namespace Gateway.Tests.RateLimiting;

public sealed class LeasedBucketTests
{
    private static readonly LinkState Up = new(IsUp: true, MayWait: true, Replicas: 1, StoreFailureMode.Local);
    private static readonly SharedSize Size =
        new(new BucketSize("p", 0, 100, 1, TimeProvider.System), refillPerSecond: 1, "p");

    private readonly LeasedBucket _bucket = new();

    private static long Second => Size.Lease;

    [Fact]
    public void FirstRequest_AsksForOneToken()
    {
        Take(out BucketAsk? ask).Should().Be(LimitVerdict.MustAsk);
        ask.Should().Be(new BucketAsk(1, 0, 0));
    }

    [Fact]
    public void WhileItIsBeingAsked_NobodyElseAsks()
    {
        Take(out _);
        Take(out BucketAsk? ask).Should().Be(LimitVerdict.MustAsk);
        ask.Should().BeNull();
        _bucket.Answered().IsCompleted.Should().BeFalse();
    }

    [Fact]
    public void Granted_WakesWhoWaitsAndIsSpent()
    {
        BucketAsk ask = Ask();
        Task answered = _bucket.Answered();
        Grant(ask, granted: 2);
        answered.IsCompleted.Should().BeTrue();
        Take(out _).Should().Be(LimitVerdict.Allowed);
        Take(out _).Should().Be(LimitVerdict.Allowed);
        Take(out _).Should().Be(LimitVerdict.MustAsk);
    }

    [Fact]
    public void HalfSpent_AsksForMoreWithoutWaiting()
    {
        BucketAsk ask = Ask();
        for (int i = 0; i < 9; i++)
        {
            Take(out _);
        }

        Grant(ask with { Want = 10 }, granted: 10);
        for (int i = 0; i < 4; i++)
        {
            Take(out BucketAsk? none).Should().Be(LimitVerdict.Allowed);
            none.Should().BeNull();
        }

        Take(out BucketAsk? more).Should().Be(LimitVerdict.Allowed);
        more!.Value.Want.Should().BeGreaterThan(5);
    }

    [Fact]
    public void LessThanWanted_RefusesUntilATokenIsDue()
    {
        Grant(Ask(), granted: 0, untilToken: 0.9);
        Take(out BucketAsk? ask, at: 0.8).Should().Be(LimitVerdict.Refused);
        ask.Should().BeNull();
        Take(out ask, at: 0.91).Should().Be(LimitVerdict.MustAsk);
        ask.Should().NotBeNull();
    }

    [Fact]
    public void LessThanWanted_LetsTokensGather()
    {
        Grant(Ask(), granted: 0, untilToken: 0.001);
        Take(out _, at: 0.19).Should().Be(LimitVerdict.Refused);
        Take(out _, at: 0.21).Should().Be(LimitVerdict.MustAsk);
    }

    [Fact]
    public void LeaseOver_ItsTokensGoBackWithTheNextQuestion()
    {
        Grant(Ask(), granted: 5);
        Take(out BucketAsk? ask, at: 1.01).Should().Be(LimitVerdict.MustAsk);
        ask!.Value.Debt.Should().Be(-5);
    }

    [Fact]
    public void LeaseOver_ItsTokensGoBackWhenNobodyAsks()
    {
        Grant(Ask(), granted: 5).Should().BeTrue("somebody must look");
        _bucket.GiveBack((long)(0.5 * Second), out bool isOver).Should().BeNull();
        isOver.Should().BeFalse();
        _bucket.GiveBack((long)(1.01 * Second), out isOver).Should().Be(new BucketAsk(0, -5, 0));
        isOver.Should().BeTrue();
    }

    [Fact]
    public void OneTokenLeft_IsNotWorthACall()
    {
        Grant(Ask(), granted: 1).Should().BeFalse();
        _bucket.GiveBack((long)(1.01 * Second), out _).Should().BeNull();
    }

    [Fact]
    public void SpentAlone_IsOwed()
    {
        BucketAsk ask = Ask();
        for (int i = 0; i < 3; i++)
        {
            _bucket.DecideAlone(Size, 0, Up, out BucketState state).Should().Be(LimitVerdict.Allowed);
            state.Source.Should().Be(LimitSource.Fallback);
        }

        Grant(ask, granted: 0, untilToken: 0.3);
        Take(out BucketAsk? next, at: 0.31);
        next!.Value.Debt.Should().Be(3);
        _bucket.Unanswered(next.Value);
        Take(out next, at: 0.32);
        next!.Value.Debt.Should().Be(3, "the store did not hear of it");
    }

    [Fact]
    public void SpentAloneWhileItIsBeingAsked_IsPaidWithTheAnswer()
    {
        BucketAsk ask = Ask();
        _bucket.DecideAlone(Size, 0, Up, out _).Should().Be(LimitVerdict.Allowed);
        Grant(ask, granted: 1);
        Take(out BucketAsk? next).Should().Be(LimitVerdict.MustAsk, "the one token is spent");
        next!.Value.Debt.Should().Be(0);
    }

    [Fact]
    public void LateAnswer_IsNotChargedTwiceAndItsTokensGoBack()
    {
        BucketAsk first = Ask();
        _bucket.DecideAlone(Size, 0, Up, out _);
        _bucket.Unanswered(first);
        Take(out BucketAsk? second);
        second!.Value.Should().Be(new BucketAsk(2, Debt: 1, Ahead: 1));
        _bucket.Unanswered(second.Value);

        _bucket.AnsweredLate(second.Value, new BucketLease(2, 0, TimeSpan.Zero, TimeSpan.Zero));

        Take(out BucketAsk? third);
        third!.Value.Debt.Should().Be(-2, "what was owed has been charged, and what was granted was not used");
    }

    [Fact]
    public void StoreAway_NobodyAsksAndTheShareDecides()
    {
        LinkState away = Up with { IsUp = false, MayWait = false, Replicas = 50 };
        LimitVerdict[] verdicts = [.. Enumerable.Range(0, 4).Select(_ => _bucket.Take(Size, 0, away, isNew: true, out BucketAsk? ask, out BucketState _))];
        verdicts.Should().Equal(LimitVerdict.Allowed, LimitVerdict.Allowed, LimitVerdict.Refused, LimitVerdict.Refused);
    }

    [Fact]
    public void StoreLost_TheShareIsAsEmptyAsTheLeasesHaveLeftIt()
    {
        Grant(Ask(), granted: 60);
        for (int i = 0; i < 60; i++)
        {
            Take(out _).Should().Be(LimitVerdict.Allowed);
        }

        LinkState away = Up with { IsUp = false, MayWait = false };
        Enumerable.Range(0, 100).Count(_ => _bucket.Take(Size, 0, away, isNew: true, out BucketAsk? _, out BucketState _) == LimitVerdict.Allowed)
            .Should().Be(40);
    }

    private BucketAsk Ask()
    {
        Take(out BucketAsk? ask);
        return ask!.Value;
    }

    private LimitVerdict Take(out BucketAsk? ask, double at = 0) => _bucket.Take(Size, (long)(at * Second), Up, isNew: true, out ask, out _);

    private bool Grant(BucketAsk ask, long granted, double untilToken = 0) =>
        _bucket.Granted(Size, ask, new BucketLease(granted, 0, TimeSpan.FromSeconds(untilToken), TimeSpan.FromSeconds(50)), now: 0);
}
