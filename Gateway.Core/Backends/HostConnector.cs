using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace Gateway.Core.Backends;

/// <summary>
/// Makes HttpClient's connections: at once to an IP address, and for a host name to the addresses that the resolver has ready, one after
/// the other without waiting for the end of each (RFC 8305 §5), until one answers. Safe from any thread.
/// </summary>
/// <param name="resolver">Knows the addresses; its clock measures the head start.</param>
/// <param name="timeout">What HttpClient allows for the whole; it ends the attempts. May be infinite.</param>
internal sealed class HostConnector(HostResolver resolver, TimeSpan timeout)
{
    /// <summary>How long an address is tried alone before the next one is tried beside it: RFC 8305's Connection Attempt Delay, or less, so
    /// that every address has its chance within the timeout.</summary>
    internal static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    /// <summary>The least that RFC 8305 §5 allows.</summary>
    internal static readonly TimeSpan LeastHeadStart = TimeSpan.FromMilliseconds(10);

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="SocketException">The name could not be resolved (HostNotFound), or no address could be connected to: HttpClient makes
    /// of it what it makes of its own.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Socket socket = await ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    internal async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            Attempt only = await TryAsync(address, port, cancellationToken);
            return only.Socket ?? throw Rethrown(only.Failure!);
        }

        HostAddresses addresses = resolver.Of(host);
        IPAddress[] order = await addresses.NextOrderAsync(cancellationToken);
        return await TryInOrderAsync(addresses, order, port, cancellationToken);
    }

    private async Task<Socket> TryInOrderAsync(HostAddresses addresses, IPAddress[] order, int port, CancellationToken cancellationToken)
    {
        using var won = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<(IPAddress Address, Task<Attempt> Attempt)> underWay = [];
        int next = 0;
        try
        {
            while (true)
            {
                if (next < order.Length)
                {
                    underWay.Add((order[next], TryAsync(order[next], port, won.Token)));
                    next++;
                }

                Attempt? ended = await NextEndAsync(underWay, next < order.Length ? HeadStartAmong(order.Length) : Timeout.InfiniteTimeSpan, won.Token);
                if (ended?.Socket is { } socket)
                {
                    addresses.Trust(ended.Address);
                    return socket;
                }

                if (ended is not null)
                {
                    addresses.Avoid(ended.Address);
                }

                cancellationToken.ThrowIfCancellationRequested();
                if (ended?.Failure is { } failure && underWay.Count == 0 && next == order.Length)
                {
                    throw Rethrown(failure);
                }
            }
        }
        finally
        {
            // An address that another has overtaken, or that used the whole time up, is to keep nobody waiting again.
            await won.CancelAsync();
            foreach ((IPAddress address, Task<Attempt> attempt) in underWay)
            {
                addresses.Avoid(address);
                (await attempt).Socket?.Dispose();
            }
        }
    }

    /// <summary>Waits until one of the attempts has ended, and takes it out; null when none has within the head start.</summary>
    private async Task<Attempt?> NextEndAsync(
        List<(IPAddress Address, Task<Attempt> Attempt)> underWay, TimeSpan headStart, CancellationToken won)
    {
        Task<Task<Attempt>> any = Task.WhenAny(underWay.Select(static one => one.Attempt));
        if (await Task.WhenAny(any, Task.Delay(headStart, resolver.Clock, won)) != any)
        {
            return null;
        }

        Attempt ended = await await any;
        underWay.RemoveAll(one => ReferenceEquals(one.Address, ended.Address));
        return ended;
    }

    private TimeSpan HeadStartAmong(int addresses)
    {
        TimeSpan share = timeout == Timeout.InfiniteTimeSpan ? HeadStart : timeout / addresses;
        return share < LeastHeadStart ? LeastHeadStart : share > HeadStart ? HeadStart : share;
    }

    /// <summary>Never throws.</summary>
    private static async Task<Attempt> TryAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
            return new Attempt(address, socket, null);
        }
        catch (Exception failure)
        {
            socket?.Dispose();
            return new Attempt(address, null, failure);
        }
    }

    private static Exception Rethrown(Exception failure)
    {
        ExceptionDispatchInfo.Throw(failure);
        return failure;
    }

    /// <summary>How connecting to an address ended: with a socket or with a failure.</summary>
    private sealed record Attempt(IPAddress Address, Socket? Socket, Exception? Failure);
}
