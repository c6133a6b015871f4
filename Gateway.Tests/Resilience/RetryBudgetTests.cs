using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Resilience;

public sealed class RetryBudgetTests
{
    [Theory]
    [InlineData(0, 3)]
    [InlineData(15, 3)]
    [InlineData(20, 4)]
    [InlineData(99, 19)]
    [InlineData(1000, 200)]
    public void RetriesAtATime_AreAShareOfTheRequestsInFlight_AndAtLeastThree(int inFlight, int allowed)
    {
        var budget = new RetryBudget(new RetryOptions());
        Enumerable.Range(0, 2000).Count(_ => budget.TryTake(inFlight)).Should().Be(allowed);
        budget.UnderWay.Should().Be(allowed);
    }

    [Fact]
    public void WhatIsGivenBack_CanBeTakenAgain()
    {
        var budget = new RetryBudget(new RetryOptions { MinConcurrent = 1, BudgetPercent = 0 });
        budget.TryTake(100).Should().BeTrue();
        budget.TryTake(100).Should().BeFalse();
        budget.Return();
        budget.TryTake(100).Should().BeTrue();
    }

    [Fact]
    public void NoPercentAndNoMinimum_AllowNone() =>
        new RetryBudget(new RetryOptions { MinConcurrent = 0, BudgetPercent = 0 }).TryTake(1_000_000).Should().BeFalse();

    [Fact]
    public async Task ManyAtOnce_NeverTakeMoreThanThereIs()
    {
        var budget = new RetryBudget(new RetryOptions());
        int underWay = 0, most = 0;
        await Given.OnThreads(4, _ =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                if (budget.TryTake(10))
                {
                    int now = Interlocked.Increment(ref underWay);
                    InterlockedMax(ref most, now);
                    Interlocked.Decrement(ref underWay);
                    budget.Return();
                }
            }
        });

        most.Should().BeInRange(1, 3);
        budget.UnderWay.Should().Be(0);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (int seen = Volatile.Read(ref target); value > seen;)
        {
            seen = Interlocked.CompareExchange(ref target, value, seen) is var before && before == seen ? value : before;
        }
    }
}
