using System.Globalization;

namespace Gateway.Core.RateLimiting;

/// <summary>
/// How large a bucket is and how fast it fills, with the clock it counts by. A bucket's time runs in units of 2^-shift second:
/// as fine as 64 bits allow for this size, so that a token's share of time is exact to 0.06 % between 10,000,000 tokens a second
/// and one a day, with any capacity. Immutable; safe from any thread.
/// </summary>
internal sealed class BucketSize
{
    /// <summary>0.06 ns: a token at the highest rate (100 ns) is 1,717 units. At this shift the clock lasts 8 years before it stands still.</summary>
    private const int FinestShift = 34;

    /// <summary>A full bucket's time and the clock stay below 2^62 each, so that their sum never overflows.</summary>
    private const int FillBits = 61;
    private const long ClockEnd = 1L << 62;

    private readonly long _epoch;
    private readonly int _shift;
    private readonly ulong _factor;
    private readonly int _factorShift;

    /// <param name="policy">Name of the policy, as the RateLimit headers show it.</param>
    /// <param name="index">Tells the sizes of one policy apart: 0 for its own, then one for each tier.</param>
    /// <param name="capacity">Tokens the bucket holds.</param>
    /// <param name="refillPerSecond">Tokens that come back each second.</param>
    /// <param name="clock">Whose timestamps are given to <see cref="TimeOf"/>.</param>
    public BucketSize(string policy, int index, long capacity, double refillPerSecond, TimeProvider clock)
    {
        double fillSeconds = capacity / refillPerSecond;
        _shift = Math.Min(FinestShift, (int)Math.Floor(FillBits - Math.Log2(fillSeconds)));
        (Index, Capacity) = (index, capacity);
        Interval = (long)Math.ScaleB(1 / refillPerSecond, _shift);
        Fill = capacity * Interval;
        PolicyItem = string.Create(CultureInfo.InvariantCulture, $"\"{policy}\";q={capacity};w={Math.Ceiling(fillSeconds):0}");

        _epoch = clock.GetTimestamp();
        (_factor, _factorShift) = UnitsPerTick(_shift, clock.TimestampFrequency);
    }

    public int Index { get; }

    /// <summary>Tokens.</summary>
    public long Capacity { get; }

    /// <summary>Units of time in which one token comes back. Rounded down, so that a token is never there too late.</summary>
    public long Interval { get; }

    /// <summary>Units of time in which an empty bucket fills.</summary>
    public long Fill { get; }

    /// <summary>The policy as an item of RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers): quota, and the window in which it comes back.</summary>
    public string PolicyItem { get; }

    /// <summary>A timestamp in the bucket's units, counted from this object's making; never negative. Rounded so that the units
    /// between two timestamps are never fewer than the time between them: who has waited long enough is not turned away.</summary>
    public long TimeOf(long timestamp)
    {
        // A multiplication and a shift, since a 128-bit division costs ten times as much as the rest of a decision.
        ulong high = Math.BigMul((ulong)Math.Max(0, timestamp - _epoch), _factor, out ulong low);
        return high >> _factorShift != 0 ? ClockEnd : (long)Math.Min(ClockEnd, (high << (64 - _factorShift)) | (low >> _factorShift));
    }

    /// <summary>A time in the bucket's units, never negative, and never so long that a sum would overflow.</summary>
    public long UnitsOf(TimeSpan time) => (long)Math.Clamp(Math.ScaleB(time.TotalSeconds, _shift), 0, ClockEnd);

    /// <summary>Units as whole seconds, rounded up.</summary>
    public long SecondsOf(long units) => (units >> _shift) + ((units & ((1L << _shift) - 1)) == 0 ? 0 : 1);

    /// <summary>2^shift / frequency as factor · 2^-factorShift, the factor as large as fits and rounded up.</summary>
    private static (ulong Factor, int FactorShift) UnitsPerTick(int shift, long frequency)
    {
        int factorShift = 63;
        UInt128 factor;
        while ((factor = (((UInt128)1 << (shift + factorShift)) / (ulong)frequency) + 1) > ulong.MaxValue)
        {
            factorShift--;
        }

        return ((ulong)factor, factorShift);
    }
}
