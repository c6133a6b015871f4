namespace Gateway.Core.Resilience;

/// <summary>How many retries of one service may be under way at a time. Safe from any thread.</summary>
internal sealed class RetryBudget(RetryOptions options)
{
    private int _underWay;

    /// <summary>Retries under way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Takes leave for one retry, to be given back by <see cref="Return"/> when it has ended.</summary>
    /// <param name="inFlight">Requests of the service under way now.</param>
    public bool TryTake(int inFlight)
    {
        int most = Math.Max(options.MinConcurrent, (int)((long)inFlight * options.BudgetPercent / 100));
        int now = UnderWay;
        while (now < most)
        {
            int before = Interlocked.CompareExchange(ref _underWay, now + 1, now);
            if (before == now)
            {
                return true;
            }

            now = before;
        }

        return false;
    }

    public void Return() => Interlocked.Decrement(ref _underWay);
}
