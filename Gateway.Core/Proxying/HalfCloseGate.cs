namespace Gateway.Core.Proxying;

/// <summary>
/// Stands between a client's connection and the server's notice that it was closed. Over HTTP/1.1 a client that ends its direction has
/// left, and the server drops what it was to get; but once upgraded, it may still be listening. A feature of the connection; safe from any thread.
/// </summary>
internal sealed class HalfCloseGate : IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenRegistration _notice;
    private volatile bool _shut;

    /// <param name="connectionClosed">Fires when the client has ended its direction, or the connection.</param>
    public HalfCloseGate(CancellationToken connectionClosed)
    {
        _notice = connectionClosed.UnsafeRegister(static self => ((HalfCloseGate)self!).Pass(), this);
    }

    /// <summary>What the server hears.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>From now on the server hears nothing: whoever reads the connection sees its end, and whoever writes its loss.</summary>
    public void Shut() => _shut = true;

    public void Dispose()
    {
        _notice.Dispose();
        _closed.Dispose();
    }

    private void Pass()
    {
        if (!_shut)
        {
            _closed.Cancel();
        }
    }
}
