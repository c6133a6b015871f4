namespace Gateway.Tests.Kit;

/// <summary>For what comes a moment after its cause and says nothing when it does: looks again until it has come.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromSeconds(60);

    /// <summary>Reads until the value is as wanted; after a minute the last one, for the test to complain of.</summary>
    public static async Task<T> BecomesAsync<T>(Func<Task<T>> read, Func<T, bool> wanted)
    {
        using var again = new PeriodicTimer(Interval);
        long start = TimeProvider.System.GetTimestamp();
        T value = await read();
        while (!wanted(value) && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            await again.WaitForNextTickAsync();
            value = await read();
        }

        return value;
    }
}
