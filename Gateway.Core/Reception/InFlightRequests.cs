namespace Gateway.Core.Reception;

/// <summary>Counts the requests under way and knows whether the gateway is leaving. Safe from any thread.</summary>
internal sealed class InFlightRequests
{
    private int _count;
    private volatile bool _draining;

    /// <summary>Requests that were opened and not yet finished.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>True from the moment shutdown begins, and while an operator wants it: readiness is 503 and every response asks the client to close.</summary>
    public bool IsDraining => _draining;

    public void Enter() => Interlocked.Increment(ref _count);

    public void Leave() => Interlocked.Decrement(ref _count);

    public void StartDraining() => _draining = true;

    /// <summary>It stays after all.</summary>
    public void StopDraining() => _draining = false;
}
