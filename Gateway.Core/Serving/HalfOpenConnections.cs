using Gateway.Core.Proxying;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Core.Serving;

/// <summary>Lets an upgraded connection live on when its client has ended its own direction; Kestrel would drop it.</summary>
internal static class HalfOpenConnections
{
    /// <summary>Connection middleware: gives each connection its <see cref="HalfCloseGate"/>.</summary>
    public static ConnectionDelegate Use(ConnectionDelegate next) => async connection =>
    {
        using var gate = new HalfCloseGate(connection.ConnectionClosed);
        connection.ConnectionClosed = gate.Closed;
        connection.Features.Set(gate);
        await next(connection);
    };
}
