namespace Gateway.Core.RateLimiting;

/// <summary>One of the keys that a policy refuses most.</summary>
/// <param name="Key">Whose.</param>
/// <param name="Refused">Refusals, lately: half as much after each <see cref="RefusedKeys.Fade"/>. At most as many too many as the least of all has.</param>
internal readonly record struct RefusedKey(RateLimitKey Key, long Refused);

/// <summary>
/// The keys that a policy refuses most, among however many: the space-saving counter of Metwally, Agrawal and El Abbadi (2005), of
/// <see cref="Most"/> keys. A refusal waits for nobody: while another is being counted it is not. Safe from any thread.
/// </summary>
internal sealed class RefusedKeys
{
    /// <summary>Keys that are followed; some 4 KB.</summary>
    internal const int Most = 64;

    private readonly Dictionary<RateLimitKey, long> _counts = new(Most);
    private readonly Lock _gate = new();

    public void Add(RateLimitKey key)
    {
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            AddLocked(key);
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>The first of them, the most refused first.</summary>
    public RefusedKey[] Top(int count)
    {
        lock (_gate)
        {
            return [.. _counts.OrderByDescending(static one => one.Value).Take(count).Select(static one => new RefusedKey(one.Key, one.Value))];
        }
    }

    /// <summary>Time has passed: what was counted until now is worth half, and what is worth nothing is forgotten.</summary>
    public void Fade()
    {
        lock (_gate)
        {
            foreach ((RateLimitKey key, long count) in _counts)
            {
                if (count / 2 == 0)
                {
                    _counts.Remove(key);
                }
                else
                {
                    _counts[key] = count / 2;
                }
            }
        }
    }

    private void AddLocked(RateLimitKey key)
    {
        if (_counts.TryGetValue(key, out long count))
        {
            _counts[key] = count + 1;
            return;
        }

        if (_counts.Count < Most)
        {
            _counts[key] = 1;
            return;
        }

        (RateLimitKey least, long fewest) = (default, long.MaxValue);
        foreach ((RateLimitKey known, long refused) in _counts)
        {
            if (refused < fewest)
            {
                (least, fewest) = (known, refused);
            }
        }

        _counts.Remove(least);
        _counts[key] = fewest + 1;
    }
}
