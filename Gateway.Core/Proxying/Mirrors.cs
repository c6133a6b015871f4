using Gateway.Core.Context;
using Gateway.Core.Resilience;
using Gateway.Core.Telemetry;

namespace Gateway.Core.Proxying;

/// <summary>
/// Which requests are copied to another service, and how many at a time. A copy leaves on a thread of its own as soon as the request is whole,
/// and from then on neither knows of the other. Safe from any thread; owns the copies under way.
/// </summary>
internal sealed class Mirrors : IAsyncDisposable
{
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly Mirror?[] _byRoute;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Copies under way and one for the owner: at 0 all is over.</summary>
    private int _holders = 1;
    private bool _isFinishing;

    /// <param name="routes">By their Index.</param>
    /// <param name="targetOf">Makes the target of a service, by its name; the token drops what is under way.</param>
    /// <param name="metrics">Learns how each copy ended.</param>
    /// <param name="clock">Where time comes from.</param>
    public Mirrors(IReadOnlyList<Route> routes, Func<string, CancellationToken, MirrorTarget> targetOf, GatewayMetrics metrics, TimeProvider clock)
    {
        (_metrics, _clock) = (metrics, clock);
        _byRoute = [.. routes.Select(route => route.Options.Mirror is { } options ? new Mirror(route.Name, options, targetOf(options.Service, _stop.Token)) : null)];
    }

    /// <summary>
    /// The request is about to be sent for the first time: perhaps it is copied, now, or when its body is whole. Never throws, never waits.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="stripSegments">Leading segments of the path that services do not see.</param>
    public void Begin(GatewayContext context, int stripSegments)
    {
        if (_byRoute[context.Route!.Index] is { } mirror && context.Attempts == 1 && mirror.IsDrawn() && !GrpcCall.Is(context.Http.Request))
        {
            try
            {
                Copy(mirror, context, stripSegments);
            }
            catch (Exception)
            {
                // A defect of ours, or a request that cannot be written: the copy's failure, not the request's.
                _metrics.MirrorEnded(mirror.Route, MirrorOutcome.Failure);
            }
        }
    }

    /// <summary>The configuration is not in force any more, and no request goes by it: lets the copies under way end by themselves. To be called once.</summary>
    /// <param name="most">How long they have.</param>
    /// <param name="now">Ends the waiting before.</param>
    public async Task FinishAsync(TimeSpan most, CancellationToken now)
    {
        _isFinishing = true;
        Leave();
        await _ended.Task.WaitAsync(most, _clock, now).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Drops the copies under way and returns when none is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (!_isFinishing)
        {
            Leave();
        }

        await _ended.Task;
        _stop.Dispose();
    }

    private void Copy(Mirror mirror, GatewayContext context, int stripSegments)
    {
        bool hasBody = context.CanHaveBody;
        long? length = context.Http.Request.ContentLength;

        // Bodies that are still coming take memory too.
        string? obstacle = hasBody && length > mirror.Options.MaxBodyBytes ? MirrorOutcome.BodyTooLong
            : !mirror.TryEnter() ? MirrorOutcome.NoPlace
            : null;
        if (obstacle is not null)
        {
            _metrics.MirrorEnded(mirror.Route, obstacle);
            return;
        }

        var copy = new MirrorCopy(context, hasBody, mirror.Target.IsHttp2);
        if (!hasBody)
        {
            Send(mirror, copy, stripSegments);
            return;
        }

        context.Copy = new ReplayBuffer(mirror.Options.MaxBodyBytes, kept =>
        {
            // An answer that comes with the last byte may end the reading before its end is seen.
            if (kept.IsWhole && (kept.IsComplete || kept.Content.Length == length))
            {
                copy.Fill(kept.Content.ToArray());
                Send(mirror, copy, stripSegments);
                return;
            }

            copy.Dispose();
            mirror.Leave();
            _metrics.MirrorEnded(mirror.Route, kept.IsWhole ? MirrorOutcome.BodyIncomplete : MirrorOutcome.BodyTooLong);
        });
    }

    private void Send(Mirror mirror, MirrorCopy copy, int stripSegments)
    {
        if (!TryHold())
        {
            copy.Dispose();
            mirror.Leave();
            _metrics.MirrorEnded(mirror.Route, MirrorOutcome.Dropped);
            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(
            static job => _ = job.Mirrors.SendAsync(job.Mirror, job.Copy, job.Strip),
            (Mirrors: this, Mirror: mirror, Copy: copy, Strip: stripSegments),
            preferLocal: false);
    }

    /// <summary>Never throws: whatever happens to a copy is its counter's alone to tell.</summary>
    private async Task SendAsync(Mirror mirror, MirrorCopy copy, int stripSegments)
    {
        string outcome = MirrorOutcome.Failure;
        try
        {
            using (copy)
            {
                outcome = await mirror.Target.AskAsync(copy, stripSegments, _clock);
            }
        }
        catch (Exception)
        {
            // A defect of ours: counted as a failure.
        }
        finally
        {
            mirror.Leave();
            _metrics.MirrorEnded(mirror.Route, outcome);
            Leave();
        }
    }

    private bool TryHold()
    {
        for (int holders = Volatile.Read(ref _holders); holders > 0; holders = Volatile.Read(ref _holders))
        {
            if (Interlocked.CompareExchange(ref _holders, holders + 1, holders) == holders)
            {
                return true;
            }
        }

        return false;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _ended.SetResult();
        }
    }

    /// <summary>One route's mirror.</summary>
    private sealed class Mirror(string route, MirrorOptions options, MirrorTarget target)
    {
        private readonly Places _places = new();

        public string Route => route;

        public MirrorOptions Options => options;

        public MirrorTarget Target => target;

        public bool IsDrawn() => Random.Shared.NextDouble() * MirrorOptions.MaxPercent < options.Percent;

        public bool TryEnter() => _places.TryEnter(options.MaxConcurrent);

        public void Leave() => _places.Leave();
    }
}
