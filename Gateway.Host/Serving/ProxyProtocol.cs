using System.IO.Pipelines;
using System.Net;
using Gateway.Core.Reception;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Host.Serving;

/// <summary>
/// Takes the PROXY header off each connection, before TLS, and the client's address from it. Whether there is one is never guessed:
/// it must come, from a trusted proxy, in time; else the connection is closed without an answer. Another peer is closed unread, as
/// whoever goes around the proxy could claim any address.
/// </summary>
internal sealed class ProxyProtocol(ClientAddress proxies, TimeProvider clock, ILogger log)
{
    /// <summary>How long a connection may be without its whole header: 5 s, room for a lost packet to be sent again, as
    /// proxy-protocol.txt §2 asks (3 s at the least).</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Connection middleware; belongs in front of all others.</summary>
    public ConnectionDelegate Use(ConnectionDelegate next) => async connection =>
    {
        if (await TryIntroduceAsync(connection))
        {
            await next(connection);
        }
    };

    private async Task<bool> TryIntroduceAsync(ConnectionContext connection)
    {
        EndPoint? peer = connection.RemoteEndPoint;
        if (peer is not IPEndPoint { Address: { } address } || !proxies.IsTrusted(ClientAddress.Unmap(address)))
        {
            ServerLog.StrangerClosed(log, peer);
            return false;
        }

        using var timeout = new CancellationTokenSource(Timeout, clock);
        CancellationToken leaving = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, leaving);
        try
        {
            return await ReadAsync(connection, end.Token);
        }
        catch (OperationCanceledException)
        {
            // Too late; or aborted, or we are leaving, of which there is nothing to say.
            if (timeout.IsCancellationRequested)
            {
                ServerLog.HeaderMissing(log, peer, "has not come in time");
            }
        }
        catch (IOException)
        {
            // Reset by the proxy.
        }

        return false;
    }

    /// <summary>While it waits, a connection holds what has come of its header, and no buffer before the first byte.</summary>
    private async Task<bool> ReadAsync(ConnectionContext connection, CancellationToken end)
    {
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult read = await input.ReadAsync(end);
            ProxyHeader header = ProxyHeader.Read(read.Buffer);
            if (header.Form == ProxyHeaderForm.Whole)
            {
                input.AdvanceTo(read.Buffer.GetPosition(header.Length));
                connection.RemoteEndPoint = header.Source ?? connection.RemoteEndPoint;
                return true;
            }

            // A connection that ends before it began is how balancers look whether somebody listens.
            bool isProbe = read.Buffer.IsEmpty;
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (header.Form == ProxyHeaderForm.Malformed || read.IsCompleted)
            {
                if (!isProbe)
                {
                    ServerLog.HeaderMissing(log, connection.RemoteEndPoint, "is malformed");
                }

                return false;
            }
        }
    }
}
