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
/// The clock of one attempt: cancels <see cref="Token"/> when a timeout fires or the client leaves, and remembers which.
/// One timer for all phases: progress only notes the time, and the timer, when it fires early, looks at the note and goes on.
/// </summary>
internal sealed class AttemptTimer : IDisposable
{
    private readonly TimeoutOptions _options;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _cancel = new();
    private readonly CancellationTokenRegistration _client;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly long _startedAt;
    private long _progressAt;

    /// <summary>Timestamp that the timer is set for; it may fire before it must, never after.</summary>
    private long _armedFor = long.MaxValue;
    private TimeoutPhase _phase;
    private bool _headersCame;
    private bool _hasTotal;
    private volatile TimeoutPhase _fired;
    private volatile bool _clientLeft;
    private bool _disposed;

    /// <param name="options">How long each phase may take.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="startedAt">Timestamp at which the total began: that of the request's first attempt.</param>
    /// <param name="hasBody">With a request body the idle timeout runs until it is sent; without one the first byte is awaited at once.</param>
    /// <param name="isGrpc">A gRPC call has no total: whether it streams is not seen from outside, and its client says how long it may take.</param>
    /// <param name="clientLeft">Fires when the client leaves.</param>
    public AttemptTimer(TimeoutOptions options, TimeProvider clock, long startedAt, bool hasBody, bool isGrpc, CancellationToken clientLeft)
    {
        (_options, _clock, _startedAt, _hasTotal) = (options, clock, startedAt, !isGrpc);
        _phase = hasBody ? TimeoutPhase.Idle : TimeoutPhase.FirstByte;
        _progressAt = clock.GetTimestamp();
        _timer = clock.CreateTimer(static self => ((AttemptTimer)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_gate)
        {
            ArmLocked();
        }

        _client = clientLeft.UnsafeRegister(static self => ((AttemptTimer)self!).ClientHasLeft(), this);
    }

    public CancellationToken Token => _cancel.Token;

    public TimeProvider Clock => _clock;

    /// <summary>The timeout that fired; None while none has.</summary>
    public TimeoutPhase Fired => _fired;

    public bool ClientLeft => _clientLeft;

    /// <summary>A piece of a body has moved.</summary>
    public void Progress() => Volatile.Write(ref _progressAt, _clock.GetTimestamp());

    /// <summary>The request's last byte is sent: the response's headers are awaited now.</summary>
    public void BodySent()
    {
        Progress();
        lock (_gate)
        {
            // An early answer may overtake the end of the request's body: then the response's phase stands.
            if (!_disposed && !_headersCame)
            {
                _phase = TimeoutPhase.FirstByte;
                ArmLocked();
            }
        }
    }

    /// <summary>The response's headers came.</summary>
    /// <param name="isStream">An event stream has no total any more.</param>
    public void HeadersCame(bool isStream)
    {
        Progress();
        lock (_gate)
        {
            if (!_disposed)
            {
                (_headersCame, _phase, _hasTotal) = (true, TimeoutPhase.Idle, _hasTotal && !isStream);
                ArmLocked();
            }
        }
    }

    /// <summary>The answer is complete: whatever of the request's body is still on its way is not needed any more.</summary>
    public void Abandon() => Cancel();

    public void Dispose()
    {
        // Outside the lock: a registration waits for its running callback.
        _client.Dispose();
        lock (_gate)
        {
            _disposed = true;
        }

        _timer.Dispose();
        _cancel.Dispose();
    }

    private void Tick()
    {
        lock (_gate)
        {
            if (_disposed || _fired != TimeoutPhase.None)
            {
                return;
            }

            if (_hasTotal && RemainingOfTotal() <= TimeSpan.Zero)
            {
                _fired = TimeoutPhase.Total;
            }
            else if (RemainingOfPhase() <= TimeSpan.Zero)
            {
                _fired = _phase;
            }
            else
            {
                _armedFor = long.MaxValue;
                ArmLocked();
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

    private void ArmLocked()
    {
        TimeSpan due = RemainingOfPhase();
        if (_hasTotal && RemainingOfTotal() is { } total && total < due)
        {
            due = total;
        }

        due = due > TimeSpan.Zero ? due : TimeSpan.Zero;
        long dueAt = _clock.GetTimestamp() + (long)(due.TotalSeconds * _clock.TimestampFrequency);
        if (dueAt < _armedFor)
        {
            // Most answers end long before any timeout: that a later one counts now, the timer finds out when it fires.
            _armedFor = dueAt;
            _timer.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    private TimeSpan RemainingOfTotal() => _options.Total - _clock.GetElapsedTime(_startedAt);

    private TimeSpan RemainingOfPhase() =>
        (_phase == TimeoutPhase.FirstByte ? _options.FirstByte : _options.Idle) - _clock.GetElapsedTime(Volatile.Read(ref _progressAt));
}
