namespace Gateway.Core.Reception;

/// <summary>Counts the requests under way and knows whether the gateway is leaving. Safe from any thread.</summary>
internal sealed class InFlightRequests : IDisposable
{
    private readonly CancellationTokenSource _upgradesEnd = new();
    private int _count;
    private volatile bool _draining;

    /// <summary>Requests that were opened and not yet finished.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>True from the moment shutdown begins: readiness is 503 and every response asks the client to close.</summary>
    public bool IsDraining => _draining;

    public void Enter() => Interlocked.Increment(ref _count);

    public void Leave() => Interlocked.Decrement(ref _count);

    /// <summary>Fires when what has been upgraded is to end: WebSockets say goodbye.</summary>
    public CancellationToken UpgradesEnd => _upgradesEnd.Token;

    public void StartDraining() => _draining = true;

    /// <summary>Runs what is registered on <see cref="UpgradesEnd"/> on this thread. May be called again.</summary>
    public void EndUpgrades() => _upgradesEnd.Cancel();

    public void Dispose() => _upgradesEnd.Dispose();
}
