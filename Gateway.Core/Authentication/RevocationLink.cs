namespace Gateway.Core.Authentication;

/// <summary>
/// A gateway's end of the shared log of revocations: reads it all the time, writes this gateway's own, and finds out how the store is. After
/// <see cref="Failures"/> readings in a row without an answer, or <see cref="MaxSilence"/> without one, it counts as away: old answers of this
/// gateway's own cache are checked again, and what it revokes waits. Safe from any thread.
/// </summary>
internal sealed class RevocationLink : IAsyncDisposable
{
    /// <summary>Records that the log keeps, some 10 MB. A gateway that was away for longer asks about each token in use once.</summary>
    internal const int MostRecords = 100_000;

    internal const int Failures = 3;

    /// <summary>A call without an answer has failed after this.</summary>
    internal static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    /// <summary>Between two readings of the log. With a reading's own time it bounds how late a revocation is whose nudge was lost.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    internal static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(1);

    /// <summary>So that a thousand nudges make a hundred readings a second and not a thousand.</summary>
    private static readonly TimeSpan NudgePause = TimeSpan.FromMilliseconds(10);

    /// <summary>Between two attempts to listen, at a store that does not let this gateway.</summary>
    private static readonly TimeSpan ListenInterval = TimeSpan.FromSeconds(5);

    private const int PageRecords = 1_000, PendingAtOnce = 100;

    /// <summary>Times in one reading that a log may turn out to be another; beyond, that is a failure like others.</summary>
    private const int MostAgain = 3;

    private readonly SharedTokenStore _store;
    private readonly Revocations _revocations;
    private readonly RevocationLog _log;
    private readonly TimeSpan _logLife;
    private readonly TimeProvider _clock;
    private readonly StoreEvents _events;
    private readonly RevocationOutbox _outbox = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private TaskCompletionSource _nudge = NewNudge();
    private volatile bool _listens;
    private long _triedToListenAt;
    private string? _rewritten;
    private int _failures;
    private long _answeredAt;

    /// <param name="store">Not owned.</param>
    /// <param name="logLife">How long a record matters to anybody.</param>
    /// <param name="revocations">Learn what the log says, and whether it says anything.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="events">Told what happens.</param>
    public RevocationLink(SharedTokenStore store, TimeSpan logLife, Revocations revocations, TimeProvider clock, StoreEvents events)
    {
        (_store, _logLife, _revocations, _clock, _events) = (store, logLife, revocations, clock, events);
        (_log, _answeredAt) = (new RevocationLog(revocations), clock.GetTimestamp());
        _reading = ReadAsync();
    }

    /// <summary>Times that something was missing in the log.</summary>
    internal int Gaps => _log.Gaps;

    /// <summary>Tells the other gateways of a revocation that is in force here. What the store does not take now it gets when it is back.</summary>
    public async Task<RevocationReach> AppendAsync(Revocation what)
    {
        var revocation = new Outgoing(NewMark(), what);
        if (await TryAppendAsync(revocation))
        {
            return RevocationReach.Store;
        }

        _outbox.Add(revocation);
        return RevocationReach.Here;
    }

    /// <summary>This follows another: what that has not told the other gateways this will. In force here at once.</summary>
    public void TakeOver(RevocationLink before) => before._outbox.GoTo(revocation =>
    {
        if (revocation.What is { } what)
        {
            _revocations.Add(what, RevocationSource.Admin);
        }
        else
        {
            _revocations.Doubt();
        }

        _outbox.Add(revocation);
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        _stop.Dispose();
        if (_outbox.Count is > 0 and int untold)
        {
            _events.Untold(untold);
        }
    }

    private static TaskCompletionSource NewNudge() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string NewMark() => Guid.NewGuid().ToString("N");

    /// <summary>Reads the log, again and again. Never throws.</summary>
    private async Task ReadAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TaskCompletionSource nudge = NewNudge();
            Volatile.Write(ref _nudge, nudge);
            if (await FollowAsync())
            {
                // Not awaited: a store that does not nudge is read as often as any.
                _ = ListenAsync();
                await AppendPendingAsync();
            }

            await Task.WhenAny(nudge.Task, Task.Delay(Interval, _clock, _stop.Token));
            if (nudge.Task.IsCompleted)
            {
                await Task.Delay(NudgePause, _clock, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Reads to the end of the log, or until the store does not answer.</summary>
    private async Task<bool> FollowAsync()
    {
        try
        {
            LogStep step;
            int again = 0;
            do
            {
                if (_rewritten is { } name)
                {
                    await _store.RenameAsync(name, NewMark()).WaitAsync(Timeout, _clock, _stop.Token);
                    _rewritten = null;
                }

                long began = _clock.GetTimestamp();
                RevocationPage page = await _store.ReadAsync(_log.Sequence, PageRecords, NewMark()).WaitAsync(Timeout, _clock, _stop.Token);
                _events.Answered(_clock.GetElapsedTime(began));
                step = _log.Follow(page);
                _rewritten = step == LogStep.Rewritten ? page.Log : null;
                if ((step is LogStep.Again or LogStep.Rewritten) && ++again > MostAgain)
                {
                    throw new InvalidDataException("The store's log of revocations changes faster than it can be read.");
                }

                _answeredAt = _clock.GetTimestamp();
            }
            while (step != LogStep.AtEnd);
            _failures = 0;
            SetAway(null);
            return true;
        }
        catch (Exception failure)
        {
            if (!_stop.IsCancellationRequested && (++_failures >= Failures || _clock.GetElapsedTime(_answeredAt) >= MaxSilence))
            {
                SetAway(failure);
            }

            return false;
        }
    }

    private void SetAway(Exception? failure)
    {
        if (_revocations.View.IsAway != failure is not null)
        {
            _revocations.SetAway(failure is not null);
            _events.Changed(failure);
        }
    }

    private async Task ListenAsync()
    {
        long now = _clock.GetTimestamp();
        if (!_listens && (_triedToListenAt == 0 || _clock.GetElapsedTime(_triedToListenAt, now) >= ListenInterval))
        {
            _triedToListenAt = now;
            _listens = await TryAsync(() => _store.ListenAsync(() => Volatile.Read(ref _nudge).TrySetResult()));
        }
    }

    private async Task AppendPendingAsync()
    {
        // A few at a time: meanwhile nobody reads what others append.
        for (int i = 0; i < PendingAtOnce && !_stop.IsCancellationRequested
            && _outbox.TryPeek(out Outgoing first) && await TryAppendAsync(first); i++)
        {
            _outbox.Remove(first);
        }
    }

    private async Task<bool> TryAppendAsync(Outgoing revocation)
    {
        // Before: the reading may be faster than the answer.
        if (revocation.What is { } what)
        {
            _log.Expect(revocation.Mark, what);
        }

        bool isTaken = !_revocations.View.IsAway && await TryAsync(() => _store.AppendAsync(revocation.Text, revocation.Mark, MostRecords, _logLife));
        if (!isTaken)
        {
            _log.Unexpect(revocation.Mark);
        }

        return isTaken;
    }

    /// <summary>Makes a call of the store that may fail. Returns whether it was answered in time.</summary>
    public async Task<bool> TryAsync(Func<Task> call)
    {
        try
        {
            await call().WaitAsync(Timeout, _clock);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }
}

/// <summary>What those want to know who made the way to a store. None may throw.</summary>
/// <param name="Changed">The store is away, and why; null: it is back.</param>
/// <param name="Answered">It has answered, after this time.</param>
/// <param name="Untold">At the end: so many revocations the other gateways never learned of.</param>
internal sealed record StoreEvents(Action<Exception?> Changed, Action<TimeSpan> Answered, Action<int> Untold);
