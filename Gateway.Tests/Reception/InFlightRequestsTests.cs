using Gateway.Core.Reception;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Reception;

public sealed class InFlightRequestsTests
{
    private readonly InFlightRequests _requests = new();

    [Fact]
    public void Count_IsWhatEnteredAndHasNotLeft()
    {
        _requests.Enter();
        _requests.Enter();
        _requests.Leave();

        _requests.Count.Should().Be(1);
    }

    [Fact]
    public async Task Count_IsExactOnSeveralThreads()
    {
        await Given.OnThreads(4, _ =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                _requests.Enter();
                _requests.Enter();
                _requests.Leave();
            }
        });

        _requests.Count.Should().Be(40_000);
    }

    [Fact]
    public void Draining_BeginsOnce_AndEndsWhenItIsTakenBack()
    {
        _requests.IsDraining.Should().BeFalse();
        _requests.StartDraining();
        _requests.StartDraining();
        _requests.IsDraining.Should().BeTrue();
        _requests.StopDraining();
        _requests.IsDraining.Should().BeFalse();
    }
}
