namespace Gateway.Core.Reception;

/// <summary>
/// How many requests the gateway takes at a time, by how late it is itself: what its services cost does not count here, each instance has a
/// limit of its own for that. As in CoDel (RFC 8289) a delay counts if nothing escaped it for a while, so a pause of the collector or a burst
/// does not. Then the limit falls below what was under way, by a fifth each time, and rises again by a twentieth, or at once when it is not felt.
/// Told by one thread at a time; read from any.
/// </summary>
internal sealed class OverloadLimit
{
    /// <summary>The limit is never lower: with so few requests under way they are not what makes the gateway late.</summary>
    internal const int Least = 32;

    /// <summary>Delays in a row of which the shortest counts.</summary>
    internal const int Samples = 5;

    private const int Unlimited = int.MaxValue;
    private const double Fall = 0.8, Rise = 1.05;

    private int _limit = Unlimited;
    private int _samples;
    private int _peak;
    private TimeSpan _shortest = TimeSpan.MaxValue;
    private long _lastTicks;

    /// <summary>The delay last seen.</summary>
    public TimeSpan Delay => TimeSpan.FromTicks(Volatile.Read(ref _lastTicks));

    /// <summary>What may be under way at a time now.</summary>
    /// <param name="most">Of the configuration.</param>
    public int Of(int most) => Math.Min(most, Volatile.Read(ref _limit));

    /// <summary>Nobody can say any more how late it is.</summary>
    public void GiveUp() => Volatile.Write(ref _limit, Unlimited);

    /// <summary>Work has waited for so long.</summary>
    /// <param name="delay">From when it could have begun until it began.</param>
    /// <param name="target">Null: the limit is given up.</param>
    /// <param name="underWay">Requests under way now.</param>
    public void Waited(TimeSpan delay, TimeSpan? target, int underWay)
    {
        Volatile.Write(ref _lastTicks, delay.Ticks);
        _peak = Math.Max(_peak, underWay);
        _shortest = delay < _shortest ? delay : _shortest;
        if (++_samples < Samples)
        {
            return;
        }

        bool isFelt = _peak >= _limit / 2;
        Volatile.Write(
            ref _limit,
            target is null || (!isFelt && _shortest <= target) ? Unlimited
            : _shortest > target ? (int)Math.Max(Least, Math.Min(_limit, _peak) * Fall)
            : (int)Math.Min(Unlimited, Math.Ceiling(_limit * Rise)));
        (_samples, _peak, _shortest) = (0, 0, TimeSpan.MaxValue);
    }
}
