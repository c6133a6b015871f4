using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// Waits of well under a millisecond, which <see cref="Thread.Sleep(int)"/> rounds up: at 10,000 arrivals a second they are 100 µs
/// apart, and what a wait overshoots would count as the gateway's latency.
/// </summary>
internal static class PreciseWait
{
    /// <summary>Linux: how late a thread's timers may fire, in nanoseconds (50,000 by default).</summary>
    private const int SetTimerSlack = 29;

    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Lets this thread's waits end as near to their time as the system can.</summary>
    public static void SharpenThisThread()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Control(SetTimerSlack, 1, 0, 0, 0);
        }
    }

    /// <summary>Blocks until a time, in ticks of <see cref="Stopwatch"/>.</summary>
    public static void Until(long timestamp)
    {
        long left;
        while ((left = timestamp - Stopwatch.GetTimestamp()) > 0)
        {
            if (OperatingSystem.IsLinux())
            {
                (long seconds, long rest) = Math.DivRem(left, Stopwatch.Frequency);
                var time = new TimeSpec(seconds, rest * NanosecondsPerSecond / Stopwatch.Frequency);
                _ = Sleep(in time, IntPtr.Zero);
            }
            else
            {
                Thread.Sleep(1);
            }
        }
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Sleep(in TimeSpec time, IntPtr left);

    [DllImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Control(int option, nuint value, nuint second, nuint third, nuint fourth);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
