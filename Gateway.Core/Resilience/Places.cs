namespace Gateway.Core.Resilience;

/// <summary>How many of something may be under way at a time, counted against a limit that may change. Safe from any thread.</summary>
internal sealed class Places
{
    private int _taken;

    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Takes a place, to be given back by <see cref="Leave"/>.</summary>
    /// <param name="most">Places there are now.</param>
    public bool TryEnter(int most)
    {
        if (Interlocked.Increment(ref _taken) <= most)
        {
            return true;
        }

        Interlocked.Decrement(ref _taken);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _taken);
}
