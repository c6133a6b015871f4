using Gateway.Core.Errors;

namespace Gateway.Core.Resilience;

/// <summary>The state of a circuit; the numbers are those of the metric <c>gateway_circuit_state</c>.</summary>
public enum CircuitState
{
    /// <summary>Attempts go through.</summary>
    Closed = 0,

    /// <summary>None goes through, until <see cref="CircuitBreakerOptions.Timeout"/> is over.</summary>
    Open = 1,

    /// <summary>A few go through, to try.</summary>
    HalfOpen = 2,
}

/// <summary>How an attempt ended, in the breaker's eyes.</summary>
public enum AttemptResult
{
    /// <summary>It went well.</summary>
    Success,

    /// <summary>The instance's fault: connect failure, reset, timeout, HTTP 5xx.</summary>
    Failure,

    /// <summary>Says nothing about the instance: the client left, or the gateway gave up for its own reasons.</summary>
    Neutral,
}

/// <summary>Leave to make one attempt, to be handed back with its result exactly once.</summary>
public readonly struct CircuitPass
{
    internal CircuitPass(int generation) => Generation = generation;

    /// <summary>The circuit's state change under which it was given; results of older ones are ignored.</summary>
    internal int Generation { get; }
}

/// <summary>
/// Stops asking an instance that keeps failing (<see cref="CircuitState.Open"/>), then lets a few probes through
/// (<see cref="CircuitState.HalfOpen"/>). Failures count in a row. Safe from any thread; never waits for anything but its own short lock.
/// </summary>
public sealed class CircuitBreaker
{
    private readonly CircuitBreakerOptions _options;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private volatile CircuitState _state;
    private volatile int _failures;
    private volatile int _generation;
    private long _openedAt;
    private int _probesUnderWay;
    private int _probesPassed;

    /// <summary>A closed circuit.</summary>
    /// <param name="options">Its thresholds.</param>
    /// <param name="clock">Where time comes from; null for the system's.</param>
    /// <exception cref="GatewayOptionsException">A threshold is out of its bounds.</exception>
    public CircuitBreaker(CircuitBreakerOptions options, TimeProvider? clock = null)
    {
        var errors = new OptionErrors();
        options.Validate(nameof(CircuitBreaker), errors);
        errors.ThrowIfAny();
        (_options, _clock) = (options, clock ?? TimeProvider.System);
    }

    /// <summary>The state; an open circuit whose time is over stays open until somebody asks.</summary>
    public CircuitState State => _state;

    /// <summary>Asks for leave to make an attempt.</summary>
    /// <param name="pass">To be given to <see cref="Record"/> when the attempt has ended, exactly once.</param>
    /// <returns>Whether it may be made; without leave there is nothing to record.</returns>
    public bool TryEnter(out CircuitPass pass)
    {
        // The generation is read before the state, and written after it: were a pass given here to carry the generation of an open
        // or half-open circuit, its result would count as a probe's.
        pass = new CircuitPass(_generation);
        if (_state == CircuitState.Closed)
        {
            return true;
        }

        lock (_gate)
        {
            return TryEnterLocked(out pass);
        }
    }

    /// <summary>Takes in how an attempt ended.</summary>
    /// <param name="pass">The leave that it was made with.</param>
    /// <param name="result">How it ended.</param>
    /// <returns>Whether that changed the circuit's state.</returns>
    public bool Record(CircuitPass pass, AttemptResult result)
    {
        // The usual case: a success on a closed circuit with nothing to forget. A race with a change of state is harmless,
        // since a result of an older generation is ignored anyway.
        if (result == AttemptResult.Success && _state == CircuitState.Closed && _failures == 0)
        {
            return false;
        }

        lock (_gate)
        {
            return RecordLocked(pass, result);
        }
    }

    /// <summary>How long until an open circuit lets a probe through; zero when it may do so now or is not open.</summary>
    public TimeSpan RetryAfter()
    {
        lock (_gate)
        {
            TimeSpan remaining = _state == CircuitState.Open ? RemainingLocked() : TimeSpan.Zero;
            return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
        }
    }

    /// <summary>Lets an open circuit's probes through now: there is a sign that the instance is back.</summary>
    internal void Hasten()
    {
        lock (_gate)
        {
            if (_state == CircuitState.Open)
            {
                MoveLocked(CircuitState.HalfOpen);
            }
        }
    }

    /// <summary>Closes the circuit and forgets its failures.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            MoveLocked(CircuitState.Closed);
        }
    }

    private bool TryEnterLocked(out CircuitPass pass)
    {
        if (_state == CircuitState.Open && RemainingLocked() <= TimeSpan.Zero)
        {
            MoveLocked(CircuitState.HalfOpen);
        }

        pass = new CircuitPass(_generation);
        switch (_state)
        {
            case CircuitState.Closed:
                return true;
            case CircuitState.HalfOpen when _probesUnderWay + _probesPassed < _options.HalfOpenRequests:
                _probesUnderWay++;
                return true;
            default:
                return false;
        }
    }

    private bool RecordLocked(CircuitPass pass, AttemptResult result)
    {
        if (pass.Generation != _generation)
        {
            return false;
        }

        if (_state == CircuitState.Closed)
        {
            return RecordClosedLocked(result);
        }

        _probesUnderWay--;
        switch (result)
        {
            case AttemptResult.Failure:
                MoveLocked(CircuitState.Open);
                return true;
            case AttemptResult.Success when ++_probesPassed >= _options.HalfOpenRequests:
                MoveLocked(CircuitState.Closed);
                return true;
            default:
                return false;
        }
    }

    private bool RecordClosedLocked(AttemptResult result)
    {
        switch (result)
        {
            case AttemptResult.Success:
                _failures = 0;
                return false;
            case AttemptResult.Failure when ++_failures >= _options.FailureThreshold:
                MoveLocked(CircuitState.Open);
                return true;
            default:
                return false;
        }
    }

    private void MoveLocked(CircuitState state)
    {
        (_failures, _probesUnderWay, _probesPassed) = (0, 0, 0);
        _openedAt = _clock.GetTimestamp();
        _state = state;
        _generation++;
    }

    private TimeSpan RemainingLocked() => _options.Timeout - _clock.GetElapsedTime(_openedAt);
}
