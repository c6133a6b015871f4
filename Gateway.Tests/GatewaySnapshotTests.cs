using Gateway.Core;
using Gateway.Tests.Kit;

namespace Gateway.Tests;

public sealed class GatewaySnapshotTests
{
    private readonly GatewaySnapshot _snapshot = new(null!, static _ => Task.CompletedTask, null!);

    [Fact]
    public void InForce_ItIsUsed()
    {
        _snapshot.Enter();
        _snapshot.Leave();
        _snapshot.Unused.IsCompleted.Should().BeFalse();
    }

    [Fact]
    public void Replaced_ItIsUsedUntilItsLastRequestIsOver()
    {
        _snapshot.Enter();
        _snapshot.Enter();
        _snapshot.Retire();
        _snapshot.Leave();
        _snapshot.Unused.IsCompleted.Should().BeFalse();
        _snapshot.Leave();
        _snapshot.Unused.IsCompleted.Should().BeTrue();
    }

    /// <summary>A request may have read it just before it was replaced.</summary>
    [Fact]
    public void LateComer_DoesNoHarm()
    {
        _snapshot.Retire();
        _snapshot.Enter();
        _snapshot.Leave();
        _snapshot.Unused.IsCompleted.Should().BeTrue();
    }

    [Fact]
    public async Task ManyAtOnce_AreCounted()
    {
        await Given.OnThreads(4, _ =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                _snapshot.Enter();
                _snapshot.Leave();
            }
        });
        _snapshot.Unused.IsCompleted.Should().BeFalse();
        _snapshot.Retire();
        _snapshot.Unused.IsCompleted.Should().BeTrue();
    }
}
