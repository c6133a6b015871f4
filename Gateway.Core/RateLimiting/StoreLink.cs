using System.Collections.Concurrent;
using Gateway.Core.Telemetry;

namespace Gateway.Core.RateLimiting;

/// <summary>How the store is, as a request sees it. Immutable.</summary>
/// <param name="IsUp">Whether it is asked at all.</param>
/// <param name="MayWait">Whether a request may wait for it: not while it is away or slow.</param>
/// <param name="Replicas">Gateways that share it, as it said last.</param>
/// <param name="OnFailure">Who decides when it does not.</param>
internal sealed record LinkState(bool IsUp, bool MayWait, int Replicas, StoreFailureMode OnFailure);

/// <summary>
/// The way to the store: asks it, and finds out how it is. After <see cref="Failures"/> calls in a row without an answer it counts as away; then
/// only <see cref="Beat"/> by beat one call asks whether it is back. After as many answers in a row that came later than a request may wait, no
/// request waits until one comes in time. Also gives back what was leased and not spent. Owns the store. Safe from any thread.
/// </summary>
internal sealed class StoreLink : IAsyncDisposable
{
    /// <summary>The longest that a request waits. An answer takes some 0.3 ms within a zone.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5);

    /// <summary>A call without an answer has failed after this.</summary>
    internal static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    internal static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    internal const int Failures = 3;

    /// <summary>Buckets that give back at a time.</summary>
    private const int Batch = 256;

    /// <summary>Beats between two calls that tell of this gateway while the store is up.</summary>
    private const int JoinEvery = 4;

    private readonly SharedBucketStore _store;
    private readonly TimeProvider _clock;
    private readonly Action<Exception?> _changed;
    private readonly ConcurrentQueue<Watched> _watched = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Task _beating;
    private volatile LinkState _state;
    private int _replicasBefore;
    private int _failures;
    private int _late;
    private int _owners = 1;
    private int _underWay;

    /// <param name="store">Owned.</param>
    /// <param name="onFailure">Who decides when the store does not.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="changed">Told when the store is away, with why, and by null when it is back. Must not throw.</param>
    public StoreLink(SharedBucketStore store, StoreFailureMode onFailure, TimeProvider clock, Action<Exception?> changed)
    {
        (_store, _clock, _changed) = (store, clock, changed);
        _state = new LinkState(IsUp: true, MayWait: true, Replicas: 1, onFailure);
        _beating = BeatAsync();
    }

    public LinkState State => _state;

    /// <summary>Calls that were answered.</summary>
    public HeldCounter Answered { get; } = new();

    /// <summary>Calls that were not.</summary>
    public HeldCounter Unanswered { get; } = new();

    /// <summary>Calls about buckets that are under way.</summary>
    internal int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Asks the store for a bucket, and tells the bucket what became of it.</summary>
    /// <param name="bucket">Whose question it is.</param>
    /// <param name="size">Its size.</param>
    /// <param name="key">Its key.</param>
    /// <param name="ask">The question.</param>
    /// <param name="isAwaited">Whether a request waits for the answer. One that does not need not wait for the asking either, which takes some 10 µs.</param>
    public void Ask(LeasedBucket bucket, SharedSize size, RateLimitKey key, BucketAsk ask, bool isAwaited)
    {
        Interlocked.Increment(ref _underWay);
        _ = isAwaited ? AskAsync(bucket, size, key, ask) : Task.Run(() => AskAsync(bucket, size, key, ask));
    }

    /// <summary>Never throws.</summary>
    private async Task AskAsync(LeasedBucket bucket, SharedSize size, RateLimitKey key, BucketAsk ask)
    {
        long began = _clock.GetTimestamp();
        Task<BucketLease>? asking = null;
        try
        {
            // Not ended with the patience: it may be charged already, and its answer says so.
            asking = _store.LeaseAsync(
                new BucketLeaseRequest(size.Name, key.Value, size.Capacity, size.RefillPerSecond, ask.Want, ask.Debt));
            BucketLease lease = await asking.WaitAsync(Timeout, _clock);
            long now = _clock.GetTimestamp();
            Succeeded(_clock.GetElapsedTime(began, now));
            if (bucket.Granted(size, ask, lease, size.Size.TimeOf(now)))
            {
                _watched.Enqueue(new Watched(bucket, size, key));
            }
        }
        catch (Exception failure)
        {
            Failed(failure);
            bucket.Unanswered(ask);
            if (asking is { IsCompleted: false })
            {
                _ = SettleLateAsync(asking, bucket, ask);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    /// <summary>A store that was slow has acted all the same. Never throws.</summary>
    private static async Task SettleLateAsync(Task<BucketLease> asking, LeasedBucket bucket, BucketAsk ask)
    {
        await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (asking.IsCompletedSuccessfully)
        {
            bucket.AnsweredLate(ask, await asking);
        }
    }

    /// <summary>One owner more.</summary>
    public StoreLink Share()
    {
        Interlocked.Increment(ref _owners);
        return this;
    }

    /// <summary>One owner less; the last gives back what is leased and ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Decrement(ref _owners) > 0)
        {
            return;
        }

        await _stop.CancelAsync();
        await _beating;
        if (_state.IsUp)
        {
            await Task.WhenAll(_watched.Select(watched => GiveBackAsync(watched, long.MaxValue, out bool _)))
                .WaitAsync(Timeout, _clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _store.DisposeAsync();
        _stop.Dispose();
    }

    private async Task BeatAsync()
    {
        for (int beat = 0; !_stop.IsCancellationRequested; beat++)
        {
            if (!_state.IsUp || beat % JoinEvery == 0)
            {
                await JoinAsync();
            }

            // Not all gateways at the same moment.
            TimeSpan pause = Beat * (0.75 + (0.5 * Random.Shared.NextDouble()));
            await Task.Delay(pause, _clock, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await GiveBackAsync();
        }
    }

    private async Task JoinAsync()
    {
        long began = _clock.GetTimestamp();
        try
        {
            int replicas = await _store.JoinAsync().WaitAsync(Timeout, _clock);
            Succeeded(_clock.GetElapsedTime(began));
            lock (_gate)
            {
                // A store that has forgotten all learns of each gateway within one of these pauses: until then the number before counts.
                _state = _state with { Replicas = Math.Max(1, Math.Max(replicas, _replicasBefore)) };
                _replicasBefore = replicas;
            }
        }
        catch (Exception failure)
        {
            Failed(failure);
        }
    }

    private async Task GiveBackAsync()
    {
        List<Task> underWay = [];
        for (int left = _watched.Count; left > 0 && _watched.TryDequeue(out Watched? watched); left--)
        {
            underWay.Add(GiveBackAsync(watched, watched.Size.Size.TimeOf(_clock.GetTimestamp()), out bool isOver));
            if (!isOver)
            {
                _watched.Enqueue(watched);
            }

            // Not all at once: requests that wait for an answer would wait behind them.
            if (underWay.Count == Batch)
            {
                await Task.WhenAll(underWay);
                underWay.Clear();
            }
        }
    }

    private Task GiveBackAsync(Watched watched, long now, out bool isOver)
    {
        if (watched.Bucket.GiveBack(now, out isOver) is not { } ask)
        {
            return Task.CompletedTask;
        }

        if (!_state.IsUp)
        {
            // It only forgets what it had leased.
            watched.Bucket.Unanswered(ask);
            return Task.CompletedTask;
        }

        Interlocked.Increment(ref _underWay);
        return AskAsync(watched.Bucket, watched.Size, watched.Key, ask);
    }

    private void Succeeded(TimeSpan took)
    {
        Answered.Increment();
        bool isBack;
        lock (_gate)
        {
            _failures = 0;
            _late = took > Patience ? _late + 1 : 0;
            isBack = !_state.IsUp;
            bool mayWait = _late < Failures;
            if (isBack || _state.MayWait != mayWait)
            {
                _state = _state with { IsUp = true, MayWait = mayWait };
            }
        }

        if (isBack)
        {
            _changed(null);
        }
    }

    private void Failed(Exception failure)
    {
        Unanswered.Increment();
        bool isLost;
        lock (_gate)
        {
            isLost = ++_failures >= Failures && _state.IsUp;
            if (isLost)
            {
                _state = _state with { IsUp = false, MayWait = false };
            }
        }

        if (isLost)
        {
            _changed(failure);
        }
    }

    private sealed record Watched(LeasedBucket Bucket, SharedSize Size, RateLimitKey Key);
}
