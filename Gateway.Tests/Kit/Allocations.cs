namespace Gateway.Tests.Kit;

/// <summary>Allocated bytes are exact, so they are tests.</summary>
internal static class Allocations
{
    private const int Rounds = 3, Runs = 1_000;

    /// <summary>
    /// Bytes that a thousand runs allocate on this thread. The least of several rounds after a first one: when the runtime compiles a
    /// method anew it may allocate a little once, while what the code allocates by itself comes again in every round.
    /// </summary>
    public static long Of(Action run)
    {
        Measure(run);
        return Enumerable.Range(0, Rounds).Min(_ => Measure(run));
    }

    private static long Measure(Action run)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Runs; i++)
        {
            run();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
