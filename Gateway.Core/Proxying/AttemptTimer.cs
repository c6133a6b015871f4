using Gateway.Core.Backends;

namespace Gateway.Core.Proxying;

/// <summary>Which of a service's timeouts fired.</summary>
internal enum TimeoutPhase
{
    None,
    Connect,
    FirstByte,
    Idle,
    Total,
}

/// <summary>
/// The clock of one attempt at a time: cancels <see cref="Token"/> when a timeout fires or the client leaves, and remembers which.
/// One timer for all phases: progress only notes the time, and the timer, when it fires early, looks at the note and goes on.
/// </summary>
internal sealed class AttemptTimer : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _cancel = new();
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private TimeoutOptions _options = new();
    private CancellationTokenRegistration _client;
    private long _startedAt;
    private long _progressAt;

    /// <summary>Timestamp that the timer is set for; it may fire before it must, never after.</summary>
    private long _armedFor = long.MaxValue;
    private TimeoutPhase _phase;
    private bool _headersCame;
    private bool _hasTotal;
    private bool _hasBody;
    private volatile TimeoutPhase _fired;
    private volatile bool _clientLeft;

    /// <summary>Between attempts, or for ever.</summary>
    private bool _isIdle = true;

    /// <param name="clock">Where time comes from.</param>
    public AttemptTimer(TimeProvider clock)
    {
        _clock = clock;
        _timer = clock.CreateTimer(static self => ((AttemptTimer)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _cancel.Token;

    public TimeProvider Clock => _clock;

    /// <summary>The timeout that fired; None while none has.</summary>
    public TimeoutPhase Fired => _fired;

    public bool ClientLeft => _clientLeft;

    /// <summary>An attempt begins.</summary>
    /// <param name="options">How long each phase may take.</param>
    /// <param name="startedAt">Timestamp at which the total began: that of the request's first attempt.</param>
    /// <param name="hasBody">With a request body the idle timeout runs until it is sent; without one the first byte is awaited at once.</param>
    /// <param name="isGrpc">A gRPC call has no total: whether it streams is not seen from outside, and its client says how long it may take.</param>
    /// <param name="clientLeft">Fires when the client leaves.</param>
    public AttemptTimer Begin(TimeoutOptions options, long startedAt, bool hasBody, bool isGrpc, CancellationToken clientLeft)
    {
        long now = _clock.GetTimestamp();
        lock (_gate)
        {
            (_options, _startedAt, _hasTotal, _hasBody) = (options, startedAt, !isGrpc, hasBody);
            _phase = hasBody ? TimeoutPhase.Idle : TimeoutPhase.FirstByte;
            (_headersCame, _progressAt, _isIdle) = (false, now, false);
            ArmLocked(now);
        }

        _client = clientLeft.UnsafeRegister(static self => ((AttemptTimer)self!).ClientHasLeft(), this);
        return this;
    }

    /// <summary>The attempt is over. True when the timer can serve another: its token has not fired, and nobody else may still hold it, as
    /// who sends a body may.</summary>
    public bool TryReset()
    {
        // Outside the lock: a registration waits for its running callback.
        _client.Dispose();
        lock (_gate)
        {
            _isIdle = true;
        }

        return !_hasBody && _fired == TimeoutPhase.None && !_clientLeft && _cancel.TryReset();
    }

    /// <summary>A piece of a body has moved.</summary>
    public void Progress() => Volatile.Write(ref _progressAt, _clock.GetTimestamp());

    /// <summary>The request's last byte is sent: the response's headers are awaited now.</summary>
    public void BodySent()
    {
        long now = _clock.GetTimestamp();
        Volatile.Write(ref _progressAt, now);
        lock (_gate)
        {
            // An early answer may overtake the end of the request's body: then the response's phase stands.
            if (!_isIdle && !_headersCame)
            {
                _phase = TimeoutPhase.FirstByte;
                ArmLocked(now);
            }
        }
    }

    /// <summary>The response's headers came.</summary>
    /// <param name="isStream">An event stream has no total any more.</param>
    /// <returns>Timestamp of now.</returns>
    public long HeadersCame(bool isStream)
    {
        long now = _clock.GetTimestamp();
        Volatile.Write(ref _progressAt, now);
        lock (_gate)
        {
            if (!_isIdle)
            {
                (_headersCame, _phase, _hasTotal) = (true, TimeoutPhase.Idle, _hasTotal && !isStream);
                ArmLocked(now);
            }
        }

        return now;
    }

    /// <summary>The answer is complete: whatever of the request's body is still on its way is not needed any more.</summary>
    public void Abandon() => Cancel();

    public void Dispose()
    {
        TryReset();
        _timer.Dispose();
        _cancel.Dispose();
    }

    private void Tick()
    {
        lock (_gate)
        {
            _armedFor = long.MaxValue;
            if (_isIdle || _fired != TimeoutPhase.None)
            {
                return;
            }

            long now = _clock.GetTimestamp();
            if (_hasTotal && RemainingOfTotal(now) <= TimeSpan.Zero)
            {
                _fired = TimeoutPhase.Total;
            }
            else if (RemainingOfPhase(now) <= TimeSpan.Zero)
            {
                _fired = _phase;
            }
            else
            {
                ArmLocked(now);
                return;
            }
        }

        Cancel();
    }

    private void ClientHasLeft()
    {
        _clientLeft = true;
        Cancel();
    }

    /// <summary>Outside the lock: cancelling runs other people's code.</summary>
    private void Cancel()
    {
        try
        {
            _cancel.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The attempt ended in this very moment.
        }
    }

    private void ArmLocked(long now)
    {
        TimeSpan due = RemainingOfPhase(now);
        if (_hasTotal && RemainingOfTotal(now) is { } total && total < due)
        {
            due = total;
        }

        due = due > TimeSpan.Zero ? due : TimeSpan.Zero;
        long dueAt = now + (long)(due.TotalSeconds * _clock.TimestampFrequency);
        if (dueAt < _armedFor)
        {
            // Most answers end long before any timeout: that a later one counts now, the timer finds out when it fires. Set once, it
            // serves many attempts.
            _armedFor = dueAt;
            _timer.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    private TimeSpan RemainingOfTotal(long now) => _options.Total - _clock.GetElapsedTime(_startedAt, now);

    private TimeSpan RemainingOfPhase(long now) =>
        (_phase == TimeoutPhase.FirstByte ? _options.FirstByte : _options.Idle) - _clock.GetElapsedTime(Volatile.Read(ref _progressAt), now);
}
