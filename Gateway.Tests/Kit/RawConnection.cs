using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Kit;

/// <summary>A socket that speaks bytes: what no HTTP library would send, and what it would not show. Latin-1 both ways.</summary>
internal sealed class RawConnection(Socket socket) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly MemoryStream _received = new();

    /// <summary>Connects to a port of this machine.</summary>
    public static Task<RawConnection> ToAsync(int port) => ToAsync(new IPEndPoint(IPAddress.Loopback, port), ProtocolType.Tcp);

    /// <summary>Connects to a Unix domain socket.</summary>
    public static Task<RawConnection> ToAsync(string path) => ToAsync(new UnixDomainSocketEndPoint(path), ProtocolType.Unspecified);

    /// <summary>All that has been received and not yet taken.</summary>
    public string Received => Encoding.Latin1.GetString(_received.GetBuffer(), 0, (int)_received.Length);

    public async Task SendAsync(string text) => await socket.SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await socket.SendAsync(bytes);

    /// <summary>Reads until the text has come; returns all up to its end and takes it.</summary>
    public async Task<string> ReadUntilAsync(string end)
    {
        int at;
        while ((at = Received.IndexOf(end, StringComparison.Ordinal)) < 0)
        {
            if (!await ReceiveAsync())
            {
                throw new EndOfStreamException($"The connection ended before '{end}' came. Received: {Received}");
            }
        }

        return Take(at + end.Length);
    }

    /// <summary>Reads so many bytes.</summary>
    public async Task<string> ReadExactlyAsync(int count)
    {
        while (_received.Length < count)
        {
            if (!await ReceiveAsync())
            {
                throw new EndOfStreamException($"The connection ended before {count} bytes came. Received: {Received}");
            }
        }

        return Take(count);
    }

    /// <summary>Reads a response: head and, by its Content-Length, body.</summary>
    public async Task<(string Head, string Body)> ReadResponseAsync()
    {
        string head = await ReadUntilAsync("\r\n\r\n");
        string? length = head.Split("\r\n")
            .Select(line => line.Split(':', 2))
            .FirstOrDefault(header => header[0].Equals("Content-Length", StringComparison.OrdinalIgnoreCase))?[1];
        int bytes = length is null ? 0 : int.Parse(length, System.Globalization.CultureInfo.InvariantCulture);
        return (head, await ReadExactlyAsync(bytes));
    }

    /// <summary>Reads until the other side closes; returns all that is left.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await ReceiveAsync())
        {
        }

        return Take((int)_received.Length);
    }

    /// <summary>Reads until the other side closes, or sends nothing for so long; returns all that came.</summary>
    public async Task<string> ReadToEndAsync(TimeSpan silence)
    {
        try
        {
            while (await ReceiveAsync(silence))
            {
            }
        }
        catch (OperationCanceledException)
        {
            // Silence.
        }

        return Take((int)_received.Length);
    }

    public void CloseWriting() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection with a reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose()
    {
        socket.Dispose();
        _received.Dispose();
    }

    private static async Task<RawConnection> ToAsync(EndPoint address, ProtocolType protocol)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, protocol);
        await socket.ConnectAsync(address);
        return new RawConnection(socket);
    }

    private string Take(int count)
    {
        string all = Received;
        byte[] rest = _received.ToArray()[count..];
        _received.SetLength(0);
        _received.Write(rest);
        return all[..count];
    }

    /// <summary>False at the end, be it orderly or by a reset.</summary>
    private async Task<bool> ReceiveAsync(TimeSpan? wait = null)
    {
        byte[] buffer = new byte[65536];
        using var patience = new CancellationTokenSource(wait ?? Patience);
        int count;
        try
        {
            count = await socket.ReceiveAsync(buffer, patience.Token);
        }
        catch (SocketException)
        {
            return false;
        }

        await _received.WriteAsync(buffer.AsMemory(0, count));
        return count > 0;
    }
}
