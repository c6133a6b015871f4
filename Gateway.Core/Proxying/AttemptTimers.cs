using Gateway.Core.Backends;
using Microsoft.Extensions.ObjectPool;

namespace Gateway.Core.Proxying;

/// <summary>
/// The timers of attempts, used again: one alone, with its cancellation and its place in the runtime's timers, would be 475 bytes a request.
/// Safe from any thread.
/// </summary>
internal sealed class AttemptTimers(TimeProvider clock) : IDisposable
{
    /// <summary>Timers kept for later at the most; more attempts at a time make theirs anew.</summary>
    internal const int Kept = 1024;

    // Of disposable objects the provider makes a pool that disposes what it does not keep.
    private readonly ObjectPool<AttemptTimer> _idle = new DefaultObjectPoolProvider { MaximumRetained = Kept }.Create(new Policy(clock));

    /// <summary>An attempt begins; its timer is to be given back.</summary>
    /// <inheritdoc cref="AttemptTimer.Begin"/>
    public AttemptTimer Begin(TimeoutOptions options, long startedAt, bool hasBody, bool isGrpc, CancellationToken clientLeft) =>
        _idle.Get().Begin(options, startedAt, hasBody, isGrpc, clientLeft);

    /// <summary>The attempt is over, and with it its token. Once.</summary>
    public void Return(AttemptTimer timer) => _idle.Return(timer);

    public void Dispose() => (_idle as IDisposable)?.Dispose();

    private sealed class Policy(TimeProvider clock) : PooledObjectPolicy<AttemptTimer>
    {
        public override AttemptTimer Create() => new(clock);

        public override bool Return(AttemptTimer obj) => obj.TryReset();
    }
}
