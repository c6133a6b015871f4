using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Gateway.Core.Proxying;

/// <summary>
/// A connection to an instance on which no request begins while there is something to be read: that would be taken for the request's
/// answer, be it the rest of a longer answer than was announced or a second one (RFC 9112 §9.2: answers without a request are no answers).
/// HttpClient looks by itself before it uses an idle connection, but not when a request waits for the first that is free.
/// </summary>
/// <param name="stream">What HttpClient would use: the socket's stream, or TLS on it. Owned.</param>
/// <param name="socket">The socket under it.</param>
internal sealed class GuardedConnection(Stream stream, Socket socket) : InstanceStream(stream)
{
    /// <summary>Whether HttpClient has read, or begun to, since it wrote: what it writes next begins a request. Or goes on with one that is answered
    /// already: then, too, nothing may lie behind the answer.</summary>
    private volatile bool _hasRead;

    /// <summary>Whether a read of at least a byte has begun and waits: then there was nothing, a moment ago, and the system need not be asked.
    /// That is how HttpClient looks by itself. Not so a read of no bytes, by which it watches a connection that is long idle.</summary>
    private volatile bool _awaitsBytes;

    /// <summary>Throws when the instance has said something that nobody asked for.</summary>
    public static void ThrowIfSpeaking(Socket socket)
    {
        if (socket.Available > 0)
        {
            throw new UnsentException("The instance has sent more than its answer.");
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _hasRead = true;
        ValueTask<int> read = Inner.ReadAsync(buffer, cancellationToken);
        return read.IsCompleted || buffer.IsEmpty ? read : AwaitAsync(read);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_hasRead)
        {
            if (!_awaitsBytes)
            {
                ThrowIfSpeaking(socket);
            }

            _hasRead = false;
        }

        return Inner.WriteAsync(buffer, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitAsync(ValueTask<int> read)
    {
        _awaitsBytes = true;
        try
        {
            return await read;
        }
        finally
        {
            (_awaitsBytes, _hasRead) = (false, true);
        }
    }
}
