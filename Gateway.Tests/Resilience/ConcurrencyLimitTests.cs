using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Resilience;

public sealed class ConcurrencyLimitTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void FixedLimit_IsTheMostAtATime()
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions { MaxPerInstance = 2, Adaptive = false }, _clock);
        (limit.TryEnter(), limit.TryEnter(), limit.TryEnter()).Should().Be((true, true, false));
        limit.IsReached.Should().BeTrue();
        limit.Leave();
        (limit.IsReached, limit.TryEnter(), limit.InFlight).Should().Be((false, true, 2));
    }

    [Fact]
    public void FixedLimit_DoesNotFollowLatency()
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions { MaxPerInstance = 100, Adaptive = false }, _clock);
        Window(limit, inFlight: 100, TimeSpan.FromMilliseconds(10));
        Window(limit, inFlight: 100, TimeSpan.FromSeconds(9));
        limit.TimedOut();
        limit.Limit.Should().Be(100);
    }

    /// <summary>Ten at a time, 20 ms each: what is beyond waits.</summary>
    [Fact]
    public void InstanceThatQueues_GetsLessUntilItAnswersInTime()
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions(), _clock);
        Window(limit, inFlight: 5, TimeSpan.FromMilliseconds(20));
        for (int i = 0; i < 20; i++)
        {
            int inFlight = Math.Min(limit.Limit, 1500);
            Window(limit, inFlight, TimeSpan.FromMilliseconds(inFlight * 2));
        }

        limit.Limit.Should().BeInRange(30, 110, "late by more than 100 ms is what more than 60 at a time would be");
    }

    [Fact]
    public void DelayThatDoesNotLast_IsNoQueue()
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions(), _clock);
        for (int i = 0; i < 10; i++)
        {
            Window(limit, inFlight: 100, TimeSpan.FromMilliseconds(5));
            for (int late = 0; late < ConcurrencyLimit.Windows - 1; late++)
            {
                Window(limit, inFlight: 100, TimeSpan.FromSeconds(2));
            }
        }

        limit.Limit.Should().Be(10_000);
    }

    [Fact]
    public void InstanceThatIsSlowByNature_KeepsItsLimit()
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions(), _clock);
        for (int i = 0; i < 50; i++)
        {
            Window(limit, inFlight: 3000, TimeSpan.FromSeconds(30));
        }

        limit.Limit.Should().Be(10_000);
    }

    /// <summary>A service with a quick endpoint and a slow one: most of both were refused.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(50)]
    [InlineData(90)]
    public void QuickAnswersBesideSlowOnes_ShowThatNobodyWaits(int quick)
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions(), _clock);
        Window(limit, inFlight: 5, TimeSpan.FromMilliseconds(1));
        for (int i = 0; i < 50; i++)
        {
            Enter(limit, 100);
            _clock.Advance(ConcurrencyLimit.Window);
            for (int request = 0; request < 100; request++)
            {
                limit.Answered(request < quick ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(1), 50);
                limit.Leave();
            }
        }

        limit.Limit.Should().Be(10_000);
    }

    /// <summary>All answers take a second now, however few there are: to give the instance less does not help, so it is not done for long.</summary>
    [Fact]
    public void FallThatDoesNotHelp_IsTakenBack_AndNotRepeatedForAWhile()
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions(), _clock);
        Window(limit, inFlight: 10, TimeSpan.FromMilliseconds(1));
        int low = 0;
        for (int i = 0; i < 300; i++)
        {
            Window(limit, Math.Min(limit.Limit, 200), TimeSpan.FromSeconds(1));
            low += limit.Limit < 200 ? 1 : 0;
        }

        low.Should().BeInRange(1, 30, "three seconds of thirty");
        limit.Limit.Should().BeGreaterThan(200);
    }

    [Fact]
    public void SlowAnswersToFew_SayNothingAboutHowManyThereMayBe()
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions(), _clock);
        Window(limit, inFlight: 5, TimeSpan.FromMilliseconds(5));
        for (int i = 0; i < 10; i++)
        {
            Window(limit, inFlight: 16, TimeSpan.FromSeconds(5));
        }

        limit.Limit.Should().Be(10_000);
    }

    [Fact]
    public void Limit_NeverFallsBelowItsLeast()
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions(), _clock);
        Window(limit, inFlight: 10, TimeSpan.FromMilliseconds(1));
        for (int i = 0; i < ConcurrencyLimit.Windows; i++)
        {
            Window(limit, inFlight: 100, TimeSpan.FromSeconds(60));
        }

        limit.Limit.Should().Be(16);
    }

    [Fact]
    public void WhenThePressureEnds_TheLimitRisesToTheMost()
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions { MaxPerInstance = 1000 }, _clock);
        Window(limit, inFlight: 10, TimeSpan.FromMilliseconds(1));
        for (int i = 0; i < ConcurrencyLimit.Windows; i++)
        {
            Window(limit, inFlight: 500, TimeSpan.FromMilliseconds(202));
        }

        limit.Limit.Should().Be(250);
        for (int i = 0; i < 100; i++)
        {
            Window(limit, inFlight: 10, TimeSpan.FromMilliseconds(1));
        }

        limit.Limit.Should().Be(1000);
    }

    [Fact]
    public void Timeouts_HalveIt_OnceAWindow()
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions(), _clock);
        Enter(limit, 100);
        limit.TimedOut();
        limit.Limit.Should().Be(10_000, "the window has just begun");
        _clock.Advance(ConcurrencyLimit.Window);
        limit.TimedOut();
        limit.TimedOut();
        limit.Limit.Should().Be(50);
    }

    [Fact]
    public void AttemptWithItsAnswer_DoesNotAllocate()
    {
        var limit = new ConcurrencyLimit(new ConcurrencyOptions(), TimeProvider.System);
        Allocations.Of(() =>
        {
            limit.TryEnter();
            limit.Answered(TimeSpan.FromMilliseconds(1), 1);
            limit.Leave();
        }).Should().Be(0);
    }

    private static void Enter(ConcurrencyLimit limit, int count)
    {
        for (int i = 0; i < count; i++)
        {
            limit.TryEnter().Should().BeTrue();
        }
    }

    /// <summary>A window in which so many were under way at a time and as many answers came.</summary>
    private void Window(ConcurrencyLimit limit, int inFlight, TimeSpan latency)
    {
        Enter(limit, inFlight);
        _clock.Advance(ConcurrencyLimit.Window);
        for (int i = 0; i < Math.Max(inFlight, ConcurrencyLimit.MinSamples); i++)
        {
            limit.Answered(latency, inFlight);
        }

        for (int i = 0; i < inFlight; i++)
        {
            limit.Leave();
        }
    }
}
