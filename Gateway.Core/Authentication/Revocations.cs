using System.Collections.Concurrent;
using Gateway.Core.Telemetry;

namespace Gateway.Core.Authentication;

/// <summary>How far a gateway has followed the shared log.</summary>
/// <param name="Log">The log's name.</param>
/// <param name="From">All records after this sequence are known here: what is older cannot be judged.</param>
/// <param name="Sequence">The last record known here.</param>
internal sealed record LogPosition(string Log, long From, long Sequence);

/// <summary>What is revoked, at one moment. Immutable; read once for a decision.</summary>
/// <param name="Tick">Counts revocations as this process learns of them: what was asked at an earlier tick may be revoked by a later one. No clock.</param>
/// <param name="Void">What was asked before this tick counts as never asked.</param>
/// <param name="Doubt">What was asked before this tick is asked again, since a revocation may have been missed.</param>
/// <param name="IsAway">Whether revocations do not arrive at present: then what is old is asked again.</param>
/// <param name="Position">Null while the shared log is not known to its end, and where there is none.</param>
internal sealed record RevocationView(long Tick, long Void, long Doubt, bool IsAway, LogPosition? Position);

/// <summary>
/// Which tokens and users have been revoked lately. An answer is no longer believed if it was asked for before the revocation, whenever it came.
/// Remembers each for as long as an answer could be cached. Readers take no lock. Safe from any thread.
/// </summary>
/// <param name="keep">How long an answer from before a revocation can be found somewhere.</param>
/// <param name="clock">Only for forgetting.</param>
internal sealed class Revocations(TimeSpan keep, TimeProvider clock)
{
    /// <summary>Count, some 15 MB. Beyond it all that was asked before counts as never asked: one call for each token in use.</summary>
    internal const int Most = 2 * RevocationLink.MostRecords;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Revocation, Revoked> _revoked = new();
    private readonly HeldCounter[] _learned = [new(), new(), new()];
    private readonly Lock _gate = new();
    private volatile RevocationView _view = new(0, 0, 0, IsAway: false, Position: null);
    private long _sweptAt = clock.GetTimestamp();

    /// <summary>The dictionary's own count takes all its locks.</summary>
    private int _count;

    public RevocationView View => _view;

    /// <summary>Revocations remembered.</summary>
    internal int Count => Volatile.Read(ref _count);

    /// <summary>Revocations that this process learned of, by whom it was told first.</summary>
    public HeldCounter Learned(RevocationSource source) => _learned[(int)source];

    /// <summary>From now on nothing that was asked before is believed.</summary>
    public void Add(Revocation what, RevocationSource source, long sequence = 0)
    {
        Learned(source).Increment();
        lock (_gate)
        {
            MakeRoomLocked();
            _count += _revoked.ContainsKey(what) ? 0 : 1;
            long tick = _view.Tick + 1;
            _revoked[what] = new Revoked(tick, sequence, clock.GetTimestamp());

            // After the entry: who sees the tick finds it.
            _view = _view with { Tick = tick };
        }
    }

    /// <summary>One of this gateway's own has got its place in the log; it has been in force here since it was made.</summary>
    public void Confirm(Revocation what, long sequence)
    {
        lock (_gate)
        {
            if (_revoked.TryGetValue(what, out Revoked revoked))
            {
                _revoked[what] = revoked with { Sequence = Math.Max(revoked.Sequence, sequence) };
                return;
            }
        }

        Add(what, RevocationSource.Store, sequence);
    }

    /// <summary>A revocation may have been missed: all that was asked before is to be asked again.</summary>
    public void Doubt()
    {
        lock (_gate)
        {
            _view = _view with { Tick = _view.Tick + 1, Doubt = _view.Tick + 1 };
        }
    }

    /// <summary>The sequences that revocations had were those of another log.</summary>
    public void ForgetSequences()
    {
        lock (_gate)
        {
            foreach ((Revocation what, Revoked revoked) in _revoked)
            {
                _revoked[what] = revoked with { Sequence = 0 };
            }

            _view = _view with { Position = null };
        }
    }

    /// <summary>The log is known to its end.</summary>
    public void MoveTo(LogPosition position)
    {
        lock (_gate)
        {
            // What has been forgotten here stays so, whatever the log still has.
            LogPosition next = _view.Position is { } known && known.Log == position.Log && known.From > position.From ? position with { From = known.From } : position;
            _view = _view.Position == next ? _view : _view with { Position = next };
        }
    }

    public void SetAway(bool isAway)
    {
        lock (_gate)
        {
            _view = _view with { IsAway = isAway };
        }
    }

    /// <summary>Whether an answer about a token is revoked. Allocates nothing.</summary>
    /// <param name="token">The token.</param>
    /// <param name="user">Its user.</param>
    /// <param name="since">The tick at which it was asked for.</param>
    public bool IsRevoked(Revocation token, Revocation user, long since) =>
        (_revoked.TryGetValue(token, out Revoked revoked) && revoked.Tick > since)
        || (_revoked.TryGetValue(user, out revoked) && revoked.Tick > since);

    /// <summary>The same for an answer that another gateway asked for when it knew the log as far as <paramref name="since"/>.</summary>
    public bool IsRevokedInLog(Revocation token, Revocation user, long since) =>
        (_revoked.TryGetValue(token, out Revoked revoked) && revoked.IsAfter(since))
        || (_revoked.TryGetValue(user, out revoked) && revoked.IsAfter(since));

    /// <summary>Forgets what no longer matters to anybody.</summary>
    private void MakeRoomLocked()
    {
        if (clock.GetElapsedTime(_sweptAt) >= SweepInterval || _count >= Most)
        {
            _sweptAt = clock.GetTimestamp();
            foreach ((Revocation what, Revoked revoked) in _revoked)
            {
                if (clock.GetElapsedTime(revoked.At) > keep)
                {
                    _revoked.TryRemove(what, out _);
                    _count--;
                }
            }
        }

        if (_count >= Most)
        {
            // Entries of the shared store from before now cannot be judged any more either.
            LogPosition? position = _view.Position is { } known ? known with { From = known.Sequence } : null;
            _view = _view with { Tick = _view.Tick + 1, Void = _view.Tick + 1, Position = position };
            _revoked.Clear();
            _count = 0;
        }
    }

    /// <param name="Tick">When this process learned of it.</param>
    /// <param name="Sequence">Its place in the shared log; 0 when it has none.</param>
    /// <param name="At">Timestamp of the clock.</param>
    private readonly record struct Revoked(long Tick, long Sequence, long At)
    {
        /// <summary>One without a place is after all.</summary>
        public bool IsAfter(long sequence) => Sequence == 0 || Sequence > sequence;
    }
}
