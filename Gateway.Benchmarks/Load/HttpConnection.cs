using System.Net;
using System.Net.Sockets;
using Gateway.Benchmarks.Scenarios;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// An HTTP/1.1 client connection that blocks, allocates nothing per request and has one request outstanding at a time. Opened at
/// the first request, and again after it broke. For one thread at a time.
/// </summary>
internal sealed class HttpConnection(IPEndPoint server) : IDisposable
{
    /// <summary>How long an answer may keep silent before it counts as timed out.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const int FirstBuffer = 16 * 1024, LargestBuffer = 16 * 1024 * 1024, LongestToken = 4 * 1024;

    private readonly byte[] _token = new byte[LongestToken];
    private byte[] _out = new byte[FirstBuffer];
    private byte[] _in = new byte[FirstBuffer];
    private int _tokenLength;
    private Socket? _socket;

    /// <summary>Opens it, unless it is open.</summary>
    /// <exception cref="SocketException">Nobody listens.</exception>
    public void Open()
    {
        if (_socket is not null)
        {
            return;
        }

        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = (int)Patience.TotalMilliseconds,
            SendTimeout = (int)Patience.TotalMilliseconds,
        };
        try
        {
            socket.Connect(server);
            _socket = socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and reads the whole answer. A login's token is kept for the requests after it.</summary>
    /// <returns>The answer's status, or one of <see cref="Outcome"/>'s numbers when there is none.</returns>
    public int Ask(WireRequest request)
    {
        try
        {
            Open();
            if (_out.Length < request.Bytes + LongestToken)
            {
                _out = new byte[request.Bytes + LongestToken];
            }

            int length = request.Write(_out, _token.AsSpan(0, _tokenLength));
            for (int sent = 0; sent < length;)
            {
                sent += _socket!.Send(_out.AsSpan(sent, length - sent));
            }

            return ReadAnswer(request.Shape);
        }
        catch (Exception failure) when (failure is SocketException or IOException or InvalidDataException)
        {
            Dispose();
            return failure is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock } ? Outcome.TimedOut : Outcome.BrokeOff;
        }
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private int ReadAnswer(RequestShape shape)
    {
        int length = 0;
        HttpAnswer answer;
        do
        {
            if (length == _in.Length)
            {
                Array.Resize(ref _in, length < LargestBuffer ? length * 2 : throw new InvalidDataException("The answer is too long."));
            }

            int read = _socket!.Receive(_in.AsSpan(length));
            if (read == 0)
            {
                throw new EndOfStreamException("The connection closed before the answer's end.");
            }

            length += read;
            answer = HttpAnswer.Read(_in.AsSpan(0, length));
        }
        while (!answer.IsWhole);

        if (shape.IsLogin)
        {
            ReadOnlySpan<byte> token = RequestShape.TokenIn(_in.AsSpan(0, length));
            _tokenLength = Math.Min(token.Length, LongestToken);
            token[.._tokenLength].CopyTo(_token);
        }

        if (answer.Closes)
        {
            Dispose();
        }

        return answer.Status;
    }
}
