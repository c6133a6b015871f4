using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Kit;

/// <summary>What became of a hostile request and of the next one on its connection.</summary>
/// <param name="Status">The answer's status; 0 when the connection ended without one.</param>
/// <param name="Closed">The connection ended with the answer.</param>
/// <param name="InStep">The connection ended, or the next request on it got the answer to that very request.</param>
internal sealed record HostileExchange(int Status, bool Closed, bool InStep)
{
    /// <summary>The target of the request that follows.</summary>
    public const string Next = "/in-step";

    /// <summary>Sends the bytes, reads the answer, and, on a connection that is kept, asks for <see cref="Next"/>.</summary>
    /// <param name="port">Of whoever is tried, on loopback.</param>
    /// <param name="bytes">The request, Latin-1.</param>
    public static async Task<HostileExchange> PlayAsync(int port, string bytes)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        using var client = new RawConnection(socket);
        await client.SendAsync(bytes);
        int status;
        try
        {
            (string head, _) = await client.ReadResponseAsync();
            status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
            if (head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase))
            {
                // A server that still reads the rest of a refused body need not wait for it.
                client.CloseWriting();
                return new HostileExchange(status, true, await client.ReadToEndAsync() == "");
            }
        }
        catch (EndOfStreamException)
        {
            return new HostileExchange(0, true, client.Received == "");
        }

        try
        {
            await client.SendAsync($"GET {Next} HTTP/1.1\r\nHost: g\r\n\r\n");
            (string head, string body) = await client.ReadResponseAsync();
            return new HostileExchange(status, false, head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) && body == Next && client.Received == "");
        }
        catch (Exception end) when (end is EndOfStreamException or SocketException)
        {
            return new HostileExchange(status, true, client.Received == "");
        }
    }
}
