using Gateway.Core.Reception;

namespace Gateway.Tests.Reception;

public sealed class OverloadLimitTests
{
    private const int Most = 1_000;

    private static readonly TimeSpan Target = TimeSpan.FromMilliseconds(100), Late = TimeSpan.FromMilliseconds(101);

    private readonly OverloadLimit _limit = new();

    [Fact]
    public void InTime_TheConfiguredLimitHolds()
    {
        Wait(Target, underWay: Most);
        _limit.Of(Most).Should().Be(Most);
    }

    [Fact]
    public void LateForAllOfAWindow_FallsAFifthBelowWhatWasUnderWay()
    {
        Wait(Late, underWay: 500);
        _limit.Of(Most).Should().Be(400);
        Wait(Late, underWay: 400);
        _limit.Of(Most).Should().Be(320);
    }

    [Fact]
    public void OneInTimeAmongLateOnes_DoesNotFall()
    {
        for (int i = 1; i < OverloadLimit.Samples; i++)
        {
            _limit.Waited(Late, Target, underWay: 500);
        }

        _limit.Waited(Target, Target, underWay: 500);
        _limit.Of(Most).Should().Be(Most);
    }

    [Fact]
    public void FewerThanAWindow_ChangeNothing()
    {
        for (int i = 1; i < OverloadLimit.Samples; i++)
        {
            _limit.Waited(Late, Target, underWay: 500);
        }

        _limit.Of(Most).Should().Be(Most);
        _limit.Waited(Late, Target, underWay: 500);
        _limit.Of(Most).Should().Be(400);
    }

    [Fact]
    public void LateForEver_FallsToTheLeast()
    {
        for (int i = 0; i < 100; i++)
        {
            Wait(Late, underWay: Most);
        }

        _limit.Of(Most).Should().Be(OverloadLimit.Least);
    }

    [Fact]
    public void InTimeAgain_RisesByATwentiethWhileItIsFelt()
    {
        Wait(Late, underWay: 500);
        Wait(Target, underWay: 400);
        _limit.Of(Most).Should().Be(420);
    }

    [Fact]
    public void InTimeAgainAndNotFelt_IsGivenUp()
    {
        Wait(Late, underWay: 500);
        Wait(Target, underWay: 199);
        _limit.Of(Most).Should().Be(Most);
    }

    [Fact]
    public void WithoutATarget_IsGivenUp()
    {
        Wait(Late, underWay: 500);
        for (int i = 0; i < OverloadLimit.Samples; i++)
        {
            _limit.Waited(Late, target: null, underWay: 400);
        }

        _limit.Of(Most).Should().Be(Most);
    }

    [Fact]
    public void NobodyCanSayHowLateItIs_IsGivenUp()
    {
        Wait(Late, underWay: 500);
        _limit.GiveUp();
        _limit.Of(Most).Should().Be(Most);
    }

    [Fact]
    public void Delay_IsTheLast()
    {
        _limit.Waited(Late, Target, underWay: 0);
        _limit.Delay.Should().Be(Late);
    }

    private void Wait(TimeSpan delay, int underWay)
    {
        for (int i = 0; i < OverloadLimit.Samples; i++)
        {
            _limit.Waited(delay, Target, underWay);
        }
    }
}
