using Gateway.Core.Proxying;
using Gateway.Core.Serving;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Tests.Serving;

public sealed class HalfOpenConnectionsTests : IDisposable
{
    private readonly CancellationTokenSource _closed = new();

    public void Dispose() => _closed.Dispose();

    [Fact]
    public async Task Connection_GoesOnAndItsEndIsToldToTheServer()
    {
        bool wasServed = false;
        await ServeAsync(async connection =>
        {
            wasServed = true;
            await _closed.CancelAsync();
            connection.ConnectionClosed.IsCancellationRequested.Should().BeTrue();
        });
        wasServed.Should().BeTrue();
    }

    [Fact]
    public Task ConnectionWhoseGateIsShut_LivesOnWhenItsClientEndsItsDirection() => ServeAsync(async connection =>
    {
        connection.Features.Get<HalfCloseGate>()!.Shut();
        await _closed.CancelAsync();
        connection.ConnectionClosed.IsCancellationRequested.Should().BeFalse();
    });

    [Fact]
    public async Task EndedConnection_HasNoGateThatListensAnyMore()
    {
        CancellationToken closed = default;
        await ServeAsync(connection =>
        {
            closed = connection.ConnectionClosed;
            return Task.CompletedTask;
        });

        await _closed.CancelAsync();

        closed.IsCancellationRequested.Should().BeFalse();
    }

    private async Task ServeAsync(ConnectionDelegate next)
    {
        await using var connection = new DefaultConnectionContext { ConnectionClosed = _closed.Token };
        await HalfOpenConnections.Use(next)(connection);
    }
}
