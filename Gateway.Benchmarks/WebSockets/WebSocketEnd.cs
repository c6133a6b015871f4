using System.Net.Sockets;
using System.Text;

namespace Gateway.Benchmarks.WebSockets;

/// <summary>One end of a WebSocket on a bare socket: one reader and one writer at a time. Owns the socket.</summary>
internal sealed class WebSocketEnd(Socket socket) : IDisposable
{
    /// <summary>Longest payload that either end sends, in bytes.</summary>
    public const int MaxPayload = 1_024;

    private readonly byte[] _read = new byte[4_096];
    private readonly byte[] _write = new byte[MaxPayload + WebSocketFrame.MaxHead];
    private int _start;
    private int _end;

    /// <summary>The head of a request or response, up to its empty line.</summary>
    public async ValueTask<string> ReadHeadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            int length = _read.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8);
            if (length >= 0)
            {
                string head = Encoding.Latin1.GetString(_read, _start, length);
                _start += length + 4;
                return head;
            }

            await FillAsync(cancellation);
        }
    }

    public async ValueTask WriteTextAsync(string text, CancellationToken cancellation) =>
        await SendAllAsync(Encoding.Latin1.GetBytes(text), cancellation);

    /// <summary>One whole frame. The payload is valid until the next read.</summary>
    public async ValueTask<(int Opcode, ReadOnlyMemory<byte> Payload)> ReadFrameAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (WebSocketFrame.TryRead(_read.AsSpan(_start, _end - _start), out int opcode, out Range payload))
            {
                Memory<byte> frame = _read.AsMemory(_start, _end - _start)[payload];
                _start += payload.End.Value;
                return (opcode, frame);
            }

            await FillAsync(cancellation);
        }
    }

    public ValueTask WriteFrameAsync(int opcode, ReadOnlyMemory<byte> payload, uint? mask, CancellationToken cancellation) =>
        SendAllAsync(_write.AsMemory(0, WebSocketFrame.Write(_write, opcode, payload.Span, mask)), cancellation);

    public void Dispose() => socket.Dispose();

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        if (_start > 0)
        {
            _read.AsSpan(_start, _end - _start).CopyTo(_read);
            (_start, _end) = (0, _end - _start);
        }

        int read = _end < _read.Length ? await socket.ReceiveAsync(_read.AsMemory(_end), SocketFlags.None, cancellation) : 0;
        _end += read > 0 ? read : throw new EndOfStreamException("The other side ended too early, or sent too much.");
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellation)..];
        }
    }
}
