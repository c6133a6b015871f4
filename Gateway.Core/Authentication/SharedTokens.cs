using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Gateway.Core.Context;
using Gateway.Core.Telemetry;

namespace Gateway.Core.Authentication;

/// <summary>What <see cref="SharedTokens"/> found.</summary>
/// <param name="User">Whose token it is.</param>
/// <param name="Life">How much longer that may be believed.</param>
internal readonly record struct SharedUser(UserContext User, TimeSpan Life);

/// <summary>
/// The way to what gateways share: looks for entries and keeps them there, reads the log of revocations all the time, and finds out how the store is.
/// After <see cref="Failures"/> readings in a row without an answer, or <see cref="MaxSilence"/> without one, it counts as away: no request asks it,
/// and old answers of this gateway's own cache are checked again. Owns the store. Safe from any thread.
/// </summary>
internal sealed class SharedTokens : IAsyncDisposable
{
    /// <summary>Records that the log keeps, some 10 MB. A gateway that was away for longer asks about each token in use once.</summary>
    internal const int MostRecords = 100_000;

    internal const int Failures = 3;

    /// <summary>The longest that a request waits. An answer takes some 0.3 ms within a zone.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5);

    /// <summary>A call without an answer has failed after this.</summary>
    internal static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    /// <summary>Between two readings of the log. With a reading's own time it bounds how late a revocation is whose nudge was lost.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    internal static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(1);

    /// <summary>So that a thousand nudges make a hundred readings a second and not a thousand.</summary>
    private static readonly TimeSpan NudgePause = TimeSpan.FromMilliseconds(10);

    /// <summary>Between two attempts to listen, at a store that does not let this gateway.</summary>
    private static readonly TimeSpan ListenInterval = TimeSpan.FromSeconds(5);

    private const int PageRecords = 1_000, MostPending = 10_000, PendingAtOnce = 100;

    private readonly SharedTokenStore _store;
    private readonly Revocations _revocations;
    private readonly RevocationLog _log;
    private readonly TokenSeal _seal;
    private readonly TimeSpan _life;
    private readonly TimeProvider _clock;
    private readonly Action<Exception?> _changed;
    private readonly ConcurrentQueue<(string Mark, Revocation What)> _pending = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private TaskCompletionSource _nudge = NewNudge();
    private volatile bool _listens;
    private long _triedToListenAt;
    private int _failures;
    private int _late;
    private long _answeredAt;

    /// <param name="store">Owned.</param>
    /// <param name="options">How tokens are judged, and how long an answer is believed.</param>
    /// <param name="revocations">Learn what the log says, and whether it says anything.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="changed">Told when the store is away, with why, and by null when it is back. Must not throw.</param>
    public SharedTokens(SharedTokenStore store, AuthOptions options, Revocations revocations, TimeProvider clock, Action<Exception?> changed)
    {
        (_store, _revocations, _clock, _changed, _life) = (store, revocations, clock, changed, options.CacheDuration);
        (_log, _seal, _answeredAt) = (new RevocationLog(revocations), new TokenSeal(store.Secret, options), clock.GetTimestamp());
        _reading = ReadAsync();
    }

    /// <summary>Entries found and believed.</summary>
    public HeldCounter Hits { get; } = new();

    /// <summary>Entries found and not believed: not signed by a gateway, over, or revoked.</summary>
    public HeldCounter Rejected { get; } = new();

    /// <summary>Whether no request waits for the store now.</summary>
    public bool IsDegraded => _revocations.View is { IsAway: true } or { Position: null } || Volatile.Read(ref _late) >= Failures;

    /// <summary>Times that something was missing in the log.</summary>
    internal int Gaps => _log.Gaps;

    /// <summary>Looks for what another gateway has found out. Takes at most <see cref="Patience"/>, and no time while the store is away.</summary>
    /// <param name="key">The token's, made by <see cref="TokenCache.MakeKey"/>.</param>
    public async ValueTask<SharedUser?> FindAsync(string key)
    {
        if (IsDegraded)
        {
            return null;
        }

        byte[]? found;
        try
        {
            found = await _store.GetAsync(HashOf(key)).WaitAsync(Patience, _clock);
            Volatile.Write(ref _late, 0);
        }
        catch (Exception)
        {
            // Readings of the log find out whether it is away; until then it is given up after a few times.
            Interlocked.Increment(ref _late);
            return null;
        }

        if (found is null)
        {
            return null;
        }

        SharedUser? user = _seal.Open(key, found) is { } entry ? Judge(key, entry) : null;
        (user is null ? Rejected : Hits).Increment();
        return user;
    }

    /// <summary>Lets the other gateways know. Nobody waits for it.</summary>
    /// <param name="key">The token's.</param>
    /// <param name="user">Whose it is.</param>
    /// <param name="life">How long that may be believed.</param>
    /// <param name="asOf">How far the log was known before it was asked for.</param>
    public void Keep(string key, UserContext user, TimeSpan life, LogPosition? asOf)
    {
        if (asOf is null || IsDegraded || life < TimeSpan.FromSeconds(1))
        {
            return;
        }

        byte[]? entry = _seal.Seal(key, SharedEntry.Of(user, _clock.GetUtcNow(), life, asOf));
        if (entry is not null)
        {
            _ = TryAsync(() => _store.SetAsync(HashOf(key), entry, life));
        }
    }

    /// <summary>Tells the other gateways of a revocation that is in force here. What the store does not take now it gets when it is back.</summary>
    /// <param name="what">What is revoked.</param>
    /// <param name="key">The token's; null for a user.</param>
    public async Task<RevocationReach> AppendAsync(Revocation what, string? key)
    {
        string mark = NewMark();
        if (!await TryAppendAsync(mark, what))
        {
            if (_pending.Count < MostPending)
            {
                _pending.Enqueue((mark, what));
            }

            return RevocationReach.Here;
        }

        if (key is not null)
        {
            // It is not believed any more; this is for the room it takes.
            _ = TryAsync(() => _store.RemoveAsync(HashOf(key)));
        }

        return RevocationReach.Store;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        await _store.DisposeAsync();
        _stop.Dispose();
    }

    private static TaskCompletionSource NewNudge() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string NewMark() => Guid.NewGuid().ToString("N");

    private static string HashOf(string key) => Base64Url.EncodeToString(MemoryMarshal.AsBytes(key.AsSpan()));

    private SharedUser? Judge(string key, SharedEntry entry)
    {
        UserContext user = entry.ToUser();

        // Clocks of gateways differ: an answer from the future is as old as nothing, and none lives longer than one of this gateway's own.
        double age = Math.Max(0, _clock.GetUtcNow().ToUnixTimeMilliseconds() - entry.AnsweredAt);
        TimeSpan left = TimeSpan.FromMilliseconds(Math.Clamp(entry.LifeMs, 0, _life.TotalMilliseconds) - age);
        return left > TimeSpan.Zero && !(user.ExpiresAt <= _clock.GetUtcNow())
            && _revocations.View.Position is { } position && entry.Log == position.Log && entry.Sequence >= position.From
            && !_revocations.IsRevokedInLog(Revocation.OfKey(key), Revocation.OfUserHash(user.KeyHash), entry.Sequence)
                ? new SharedUser(user, left) : null;
    }

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
            bool isAtEnd;
            do
            {
                long began = _clock.GetTimestamp();
                RevocationPage page = await _store.ReadAsync(_log.Sequence, PageRecords, NewMark()).WaitAsync(Timeout, _clock, _stop.Token);
                if (_clock.GetElapsedTime(began) <= Patience)
                {
                    Volatile.Write(ref _late, 0);
                }

                isAtEnd = _log.Follow(page);
                (_failures, _answeredAt) = (0, _clock.GetTimestamp());
            }
            while (!isAtEnd);
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
            _changed(failure);
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
            && _pending.TryPeek(out (string Mark, Revocation What) first) && await TryAppendAsync(first.Mark, first.What); i++)
        {
            _pending.TryDequeue(out _);
        }
    }

    private async Task<bool> TryAppendAsync(string mark, Revocation what)
    {
        // Before: the reading may be faster than the answer.
        _log.Expect(mark, what);
        bool isTaken = !_revocations.View.IsAway && await TryAsync(() => _store.AppendAsync(what.Text, mark, MostRecords, LogLife));
        if (!isTaken)
        {
            _log.Unexpect(mark);
        }

        return isTaken;
    }

    private TimeSpan LogLife => TokenCache.KeptAfterRevocation(_life);

    private async Task<bool> TryAsync(Func<Task> call)
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
