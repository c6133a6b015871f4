namespace Gateway.Core.RateLimiting;

/// <summary>What a bucket asks of the store.</summary>
/// <param name="Want">Tokens.</param>
/// <param name="Debt">Tokens spent ahead; negative for tokens that go back.</param>
/// <param name="Ahead">Of the debt, what was spent ahead, and would be owed again if the store does not answer.</param>
internal readonly record struct BucketAsk(long Want, long Debt, long Ahead);

/// <summary>
/// One key's bucket of the store as this process sees it: tokens that it has leased and not spent; until when there are none; and beside that a
/// bucket of its own, this process's share of the whole, that decides while the store cannot be asked. That one is charged with each request
/// all the time: when the store goes away, nobody starts with a full one. Safe from any thread, by a lock that is held for some 20 ns.
/// </summary>
internal sealed class LeasedBucket
{
    private readonly Lock _gate = new();

    private long _tokens;
    private long _leaseEnds;
    private long _low;

    /// <summary>Until then the store has nothing for us.</summary>
    private long _deniedUntil;

    /// <summary>When the store will have a token, and when it will have all; as it said last.</summary>
    private long _tokenAt, _fullAt;
    private long _left;

    /// <summary>When this process's share will be full.</summary>
    private long _shareFullAt;

    /// <summary>Tokens spent that the store has not granted; tokens leased that have not been spent in time.</summary>
    private long _ahead, _unused;

    /// <summary>Requests in this window and in the one before.</summary>
    private long _windowEnds, _seen, _seenBefore;

    private bool _isAsking, _isWatched, _hasFailed;
    private TaskCompletionSource<bool>? _answered;

    /// <summary>Takes a token for a request.</summary>
    /// <param name="size">The same at every call.</param>
    /// <param name="now">In the size's units.</param>
    /// <param name="link">How the store is.</param>
    /// <param name="isNew">Whether the request comes for the first time.</param>
    /// <param name="ask">If it has a value, the caller must ask the store and tell by <see cref="Granted"/> or <see cref="Unanswered"/>.</param>
    /// <param name="state">What is left.</param>
    public LimitVerdict Take(SharedSize size, long now, LinkState link, bool isNew, out BucketAsk? ask, out BucketState state)
    {
        lock (_gate)
        {
            if (isNew)
            {
                CountLocked(size, now);
            }

            EndLeaseLocked(now);
            if (_tokens > 0)
            {
                _tokens--;
                ChargeShareLocked(size, now, link.Replicas);
                ask = _tokens <= _low && _low > 0 && now >= _deniedUntil && link.IsUp ? AskLocked(size, now, link.Replicas) : null;
                state = new BucketState(_tokens + _left, 0, Math.Max(0, _fullAt - now)) { Source = LimitSource.Store };
                return LimitVerdict.Allowed;
            }

            ask = null;
            if (now < _deniedUntil)
            {
                state = new BucketState(0, Math.Max(_tokenAt, _deniedUntil) - now, Math.Max(0, _fullAt - now)) { Source = LimitSource.Store };
                return LimitVerdict.Refused;
            }

            ask = link.IsUp ? AskLocked(size, now, link.Replicas) : null;
            if (!link.MayWait)
            {
                return DecideAloneLocked(size, now, link, out state);
            }

            // Who asks for the first time need not wait for the answer.
            if (_deniedUntil == 0 && _ahead < size.Seed(link.Replicas) && TrySpendShareLocked(size, now, link.Replicas, out state))
            {
                return LimitVerdict.Allowed;
            }

            state = default;
            return LimitVerdict.MustAsk;
        }
    }

    /// <summary>Decides without the store: it did not answer in time.</summary>
    public LimitVerdict DecideAlone(SharedSize size, long now, LinkState link, out BucketState state)
    {
        lock (_gate)
        {
            return DecideAloneLocked(size, now, link, out state);
        }
    }

    /// <summary>Completes when the store has answered, with true, or has failed to; at once, with how it went last, if it is not being asked.</summary>
    public Task<bool> Answered()
    {
        lock (_gate)
        {
            return !_isAsking ? Task.FromResult(!_hasFailed)
                : (_answered ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>What goes back to the store because its lease has ended unspent; null if there is nothing worth a call, or the store is being asked already.</summary>
    /// <param name="now">In the size's units.</param>
    /// <param name="isOver">Whether the lease has ended: then there is nothing to look for until <see cref="Granted"/> says so again.</param>
    public BucketAsk? GiveBack(long now, out bool isOver)
    {
        lock (_gate)
        {
            EndLeaseLocked(now);
            isOver = _tokens == 0 && !_isAsking;
            _isWatched = !isOver;
            if (_unused < SharedSize.WorthReturning || _isAsking)
            {
                return null;
            }

            var ask = new BucketAsk(0, -_unused, 0);
            (_isAsking, _unused) = (true, 0);
            return ask;
        }
    }

    /// <summary>The store has answered.</summary>
    /// <returns>Whether somebody must look, from now on, for tokens that are not spent.</returns>
    public bool Granted(SharedSize size, BucketAsk ask, BucketLease lease, long now)
    {
        lock (_gate)
        {
            (long untilToken, long untilFull) = (size.UnitsOf(lease.UntilToken), size.UnitsOf(lease.UntilFull));
            (_left, _fullAt, _tokenAt) = (lease.Remaining, now + untilFull, now + untilToken);
            if (ask.Want > 0)
            {
                // What was spent while the answer was awaited is paid with it.
                long paid = Math.Min(_ahead, lease.Granted);
                _ahead -= paid;
                _tokens += lease.Granted - paid;
                _leaseEnds = now + size.Lease;
                _low = _tokens < SharedSize.Few ? 0 : _tokens / 2;

                // With less than was wanted it is empty. Tokens are let gather for a while, or each would cost a call.
                _deniedUntil = lease.Granted < ask.Want ? now + Math.Clamp(untilToken, size.Pause, size.Lease) : 0;
            }

            EndAskLocked(hasFailed: false);
            bool mustWatch = !_isWatched && _tokens >= SharedSize.WorthReturning;
            _isWatched |= mustWatch;
            return mustWatch;
        }
    }

    /// <summary>The store did not answer.</summary>
    public void Unanswered(BucketAsk ask)
    {
        lock (_gate)
        {
            // What should have gone back is not sent again: the store may have it.
            _ahead += ask.Ahead;
            EndAskLocked(hasFailed: true);
        }
    }

    /// <summary>The store has answered after all, when nobody waited any more: what it charged is not owed, what it granted goes back.</summary>
    public void AnsweredLate(BucketAsk ask, BucketLease lease)
    {
        lock (_gate)
        {
            _ahead = Math.Max(0, _ahead - ask.Ahead);
            _unused += lease.Granted;
        }
    }

    private void EndAskLocked(bool hasFailed)
    {
        (_isAsking, _hasFailed) = (false, hasFailed);
        _answered?.SetResult(!hasFailed);
        _answered = null;
    }

    private void CountLocked(SharedSize size, long now)
    {
        if (now >= _windowEnds)
        {
            // Nothing is known of a window that was let pass.
            _seenBefore = now - _windowEnds < size.Window ? _seen : 0;
            (_seen, _windowEnds) = (0, now + size.Window);
        }

        _seen++;
    }

    private void EndLeaseLocked(long now)
    {
        if (_tokens > 0 && now >= _leaseEnds)
        {
            _unused += _tokens;
            _tokens = 0;
        }
    }

    private BucketAsk? AskLocked(SharedSize size, long now, int replicas)
    {
        if (_isAsking)
        {
            return null;
        }

        // No more of what was spent ahead than the share still misses: what has come back meanwhile is not owed.
        long interval = size.Share(replicas).Interval;
        long ahead = Math.Min(_ahead, (Math.Max(0, _shareFullAt - now) + interval - 1) / interval);
        var ask = new BucketAsk(Math.Max(1, size.Target(Math.Max(_seen, _seenBefore), replicas) - _tokens), ahead - _unused, ahead);
        (_isAsking, _ahead, _unused) = (true, 0, 0);
        return ask;
    }

    private LimitVerdict DecideAloneLocked(SharedSize size, long now, LinkState link, out BucketState state)
    {
        switch (link.OnFailure)
        {
            case StoreFailureMode.Allow:
                ChargeShareLocked(size, now, link.Replicas);
                _ahead++;
                state = new BucketState(0, 0, Math.Max(0, _shareFullAt - now)) { Source = LimitSource.Fallback };
                return LimitVerdict.Allowed;
            case StoreFailureMode.Deny:
                state = new BucketState(0, size.Lease, size.Lease) { Source = LimitSource.Fallback };
                return LimitVerdict.Refused;
            default:
                return TrySpendShareLocked(size, now, link.Replicas, out state) ? LimitVerdict.Allowed : LimitVerdict.Refused;
        }
    }

    /// <summary>A token of this process's own share. The state also tells when there is none.</summary>
    private bool TrySpendShareLocked(SharedSize size, long now, int replicas, out BucketState state)
    {
        (long interval, long fill) = size.Share(replicas);
        long untilFull = Math.Max(_shareFullAt - now, 0) + interval;
        if (untilFull > fill)
        {
            state = new BucketState(0, untilFull - fill, untilFull - interval) { Source = LimitSource.Fallback };
            return false;
        }

        _shareFullAt = now + untilFull;
        _ahead++;
        state = new BucketState((fill - untilFull) / interval, 0, untilFull) { Source = LimitSource.Fallback };
        return true;
    }

    private void ChargeShareLocked(SharedSize size, long now, int replicas)
    {
        (long interval, long fill) = size.Share(replicas);
        _shareFullAt = now + Math.Min(Math.Max(_shareFullAt - now, 0) + interval, fill);
    }
}
