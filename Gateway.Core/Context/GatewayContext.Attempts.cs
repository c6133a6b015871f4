using Gateway.Core.Backends;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;

namespace Gateway.Core.Context;

/// <content>What is known of the request's attempts: selection and proxying write it, and the retries between them.</content>
public sealed partial class GatewayContext
{
    private CircuitPass _pass;
    private AttemptResult? _reported;
    private long _attemptAt;
    private int _place;
    private bool _isAttempting;
    private bool _isCounted;
    private bool _isRetry;
    private (GatewayError Error, string? Detail) _failed;

    /// <summary>Host and port of the last attempt's instance; null before the first.</summary>
    public string? InstanceName => Instance?.Name;

    /// <summary>The instance of the last attempt; null before the first.</summary>
    internal ServiceInstance? Instance { get; private set; }

    /// <summary>Attempts made so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>Timestamp at which the first attempt began.</summary>
    internal long FirstAttemptAt { get; private set; }

    /// <summary>Those that earlier attempts were made at; null when there was none.</summary>
    internal List<ServiceInstance>? Tried { get; private set; }

    /// <summary>What of the body can be sent again; null when none needs to be kept.</summary>
    internal ReplayBuffer? Replay { get; set; }

    /// <summary>What of the body has come for a copy of the request; null when there is none, or when it has no body.</summary>
    internal ReplayBuffer? Copy { get; set; }

    /// <summary>Bytes of the body that an attempt has taken from the client.</summary>
    internal long BytesIn { get; set; }

    internal long BytesOut { get; set; }

    /// <summary>Duration of all attempts until the response's last byte; negative when nothing was sent.</summary>
    internal double UpstreamMs { get; set; } = -1;

    /// <summary>An attempt begins, with leave of the instance's breaker and a place within its limit.</summary>
    internal void BeginAttempt(ServiceInstance instance, CircuitPass pass, long now)
    {
        EndAttempt();
        (Instance, _pass, _reported, _isAttempting, _isCounted, _attemptAt) = (instance, pass, null, true, true, now);
        if (Attempts++ == 0)
        {
            FirstAttemptAt = now;
        }

        _place = instance.Limit.InFlight;
        instance.Enter();
        if (Spans is not null)
        {
            Spans.BeginAttempt(instance.Address, instance.Name, Attempts);
            TraceParent = Spans.TraceParent;
        }
    }

    /// <summary>
    /// Tells the instance's breaker how the attempt went: at the response's headers, so that a long stream does not hold a probe,
    /// and once more if a good answer breaks off after them. A bad one counts once.
    /// </summary>
    internal void ReportAttempt(AttemptResult result)
    {
        if (_reported is null || (result == AttemptResult.Failure && _reported != AttemptResult.Failure))
        {
            bool isCounted = _reported == AttemptResult.Success;
            _reported = result;
            if (isCounted)
            {
                Service!.RecordBreak(Instance!, _pass, Latency);
            }
            else
            {
                Service!.Record(Instance!, _pass, result, Latency);
            }
        }
    }

    /// <summary>From the attempt's start to the answer's headers; null when they have not come, or when that says nothing about the instance.</summary>
    internal TimeSpan? Latency { get; private set; }

    /// <summary>The answer's headers came.</summary>
    /// <param name="now">When.</param>
    /// <param name="clock">Whose timestamps these are.</param>
    internal void Answered(long now, TimeProvider clock)
    {
        // How long a body takes is the client's doing.
        if (!CanHaveBody)
        {
            Latency = clock.GetElapsedTime(_attemptAt, now);
            Instance!.Limit.Answered(Latency.Value, _place);
        }
    }

    /// <summary>What goes on now may last for hours: it takes no place any more, neither among the instance's attempts nor the gateway's requests.</summary>
    internal void BecameAStream()
    {
        LeaveLimit();
        LeavePlace();
    }

    private void LeaveLimit()
    {
        if (_isCounted)
        {
            _isCounted = false;
            Instance!.Limit.Leave();
        }
    }

    private void LeavePlace()
    {
        Place?.Leave();
        Place = null;
    }

    /// <summary>The attempt, if one is under way, is over; one that was never reported says nothing about the instance.</summary>
    internal void EndAttempt()
    {
        if (!_isAttempting)
        {
            return;
        }

        _isAttempting = false;
        Spans?.EndAttempt(Error == GatewayError.None ? null : Error.Row());
        LeaveLimit();
        Instance!.Leave();
        if (_reported is null)
        {
            ReportAttempt(AttemptResult.Neutral);
        }

        EndRetry();
    }

    /// <summary>The request is over, whatever became of it.</summary>
    internal void End()
    {
        EndAttempt();
        EndRetry();
        LeavePlace();
        Replay?.Dispose();
        Copy?.Dispose();
    }

    // ── trying again ──

    /// <summary>Whether the failure that <see cref="Error"/> tells of may be tried again.</summary>
    internal Retry MayRetry { get; private set; }

    /// <summary>The attempt failed before an answer came.</summary>
    internal void Fail(GatewayError error, string? detail, Retry retry)
    {
        _ = Refuse(error, detail);
        MayRetry = retry;
    }

    /// <summary>The failure is forgotten and the way to another instance is open, with leave of the service's budget.</summary>
    internal void TryAgain()
    {
        EndAttempt();
        (Tried ??= []).Add(Instance!);
        _failed = (Error, Detail);
        (Error, Detail, Latency, MayRetry, _isRetry) = (GatewayError.None, null, null, Retry.Never, true);
    }

    /// <summary>Nobody else can be asked, or nobody waits any more: the failure of the attempt before stands, or that the client has left.</summary>
    internal Task GiveUp()
    {
        EndRetry();
        return Http.RequestAborted.IsCancellationRequested ? Refuse(GatewayError.ClientClosed) : Refuse(_failed.Error, _failed.Detail);
    }

    private void EndRetry()
    {
        if (_isRetry)
        {
            _isRetry = false;
            Service!.RetryBudget.Return();
        }
    }
}
