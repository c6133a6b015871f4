using Gateway.Core.Proxying;

namespace Gateway.Tests.Proxying;

public sealed class HalfCloseGateTests : IDisposable
{
    private readonly CancellationTokenSource _connection = new();

    public void Dispose() => _connection.Dispose();

    [Fact]
    public async Task ClosedConnection_IsToldToTheServer()
    {
        using var gate = new HalfCloseGate(_connection.Token);
        gate.Closed.IsCancellationRequested.Should().BeFalse();

        await _connection.CancelAsync();

        gate.Closed.IsCancellationRequested.Should().BeTrue();
    }

    [Fact]
    public async Task ConnectionThatWasClosedBefore_IsToldAtOnce()
    {
        await _connection.CancelAsync();
        using var gate = new HalfCloseGate(_connection.Token);
        gate.Closed.IsCancellationRequested.Should().BeTrue();
    }

    [Fact]
    public async Task OnceShut_TheServerHearsNothing()
    {
        using var gate = new HalfCloseGate(_connection.Token);

        gate.Shut();
        await _connection.CancelAsync();

        gate.Closed.IsCancellationRequested.Should().BeFalse();
    }

    [Fact]
    public async Task ConnectionThatClosesAfterTheEnd_IsNoLongerListenedTo()
    {
        var gate = new HalfCloseGate(_connection.Token);
        CancellationToken closed = gate.Closed;
        gate.Dispose();

        await FluentActions.Awaiting(_connection.CancelAsync).Should().NotThrowAsync();

        closed.IsCancellationRequested.Should().BeFalse();
    }
}
