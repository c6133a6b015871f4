using System.Collections.Concurrent;
using Gateway.Core.RateLimiting;

namespace Gateway.Tests.Kit;

/// <summary>A store of shared buckets as it should be, in memory: what the real ones are held against, and what can be made to fail.</summary>
internal sealed class ModelStore : SharedBucketStore
{
    private readonly ConcurrentDictionary<(string Policy, UInt128 Key), double> _fullAt = new();
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private int _calls;

    private ModelStore(TimeProvider clock) => _clock = clock;

    /// <summary>Null while it answers.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What answers wait for; null to answer at once.</summary>
    public TaskCompletionSource? Held { get; set; }

    public int Replicas { get; set; } = 1;

    /// <summary>Calls about buckets.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public bool IsDisposed { get; private set; }

    /// <summary>An empty one. Whoever asks it disposes of it.</summary>
    public static ModelStore On(TimeProvider clock) => new(clock);

    /// <summary>As after a restart without a disk.</summary>
    public void Flush() => _fullAt.Clear();

    public override async Task<BucketLease> LeaseAsync(BucketLeaseRequest request)
    {
        Interlocked.Increment(ref _calls);
        await (Held?.Task ?? Task.CompletedTask);
        return Failure is null ? Lease(request) : throw Failure;
    }

    public override async Task<int> JoinAsync()
    {
        await (Held?.Task ?? Task.CompletedTask);
        return Failure is null ? Replicas : throw Failure;
    }

    public override ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private BucketLease Lease(BucketLeaseRequest request)
    {
        lock (_gate)
        {
            double now = _clock.GetElapsedTime(0).TotalSeconds, token = 1 / request.RefillPerSecond, capacity = request.Capacity * token;
            double full = Math.Max(now, _fullAt.GetValueOrDefault((request.Policy, request.Key)));
            full = Math.Clamp(full + (request.Debt * token), now, now + (2 * capacity));

            // A millionth of a token is what a moment in floating point may be off.
            long there = Math.Max(0, (long)Math.Floor(((now + capacity - full) / token) + 1e-6));
            long granted = Math.Min(request.Want, there);
            full += granted * token;
            _fullAt[(request.Policy, request.Key)] = full;
            double wait = granted < request.Want ? Math.Max(0, full + token - now - capacity) : 0;
            return new BucketLease(granted, there - granted, TimeSpan.FromSeconds(wait), TimeSpan.FromSeconds(full - now));
        }
    }
}
