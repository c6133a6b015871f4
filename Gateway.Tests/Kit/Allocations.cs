namespace Gateway.Tests.Kit;

/// <summary>Allocated bytes are exact, so they are tests.</summary>
internal static class Allocations
{
    private const int WarmUp = 200, Measured = 1_000;

    /// <summary>Bytes that a thousand runs allocate on this thread, after the first runs have compiled and cached what they need.</summary>
    public static long Of(Action run)
    {
        for (int i = 0; i < WarmUp; i++)
        {
            run();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Measured; i++)
        {
            run();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
