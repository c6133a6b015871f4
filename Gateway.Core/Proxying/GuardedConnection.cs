using System.Net.Sockets;

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
    /// <summary>Whether HttpClient has read, or begun to, since it wrote: what it writes next begins a request.</summary>
    private bool _hasRead;

    /// <summary>Throws when the instance has said something that nobody asked for.</summary>
    public static void ThrowIfSpeaking(Socket socket)
    {
        if (socket.Available > 0)
        {
            throw new IOException("The instance has sent more than its answer.");
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _hasRead = true;
        return Inner.ReadAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_hasRead)
        {
            ThrowIfSpeaking(socket);
            _hasRead = false;
        }

        return Inner.WriteAsync(buffer, cancellationToken);
    }
}
