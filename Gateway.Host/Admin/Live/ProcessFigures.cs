using System.Globalization;

namespace Gateway.Host.Admin.Live;

/// <summary>What the process uses of what it may use. For one thread at a time.</summary>
/// <param name="cgroup">Where the limits of the container stand (cgroup v2); may be missing.</param>
internal sealed class ProcessFigures(string cgroup = "/sys/fs/cgroup")
{
    private TimeSpan _before = CpuTime();

    /// <summary>Cores that it may use.</summary>
    public double CpuLimit { get; } = CpuLimitOf(ReadFirst(Path.Combine(cgroup, "cpu.max"))) ?? Environment.ProcessorCount;

    /// <summary>Bytes that it may use.</summary>
    public long MemoryLimit { get; } = MemoryLimitOf(ReadFirst(Path.Combine(cgroup, "memory.max"))) ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Bytes that it has resident.</summary>
    public static long Memory => Environment.WorkingSet;

    /// <summary>Cores used since the last look.</summary>
    /// <param name="seconds">Since that.</param>
    public double CpuSince(double seconds)
    {
        TimeSpan now = CpuTime(), used = now - _before;
        _before = now;
        return used.TotalSeconds / seconds;
    }

    /// <summary>Of <c>quota period</c>; null without a limit.</summary>
    internal static double? CpuLimitOf(string? text) =>
        text?.Split(' ') is [string quota, string period]
        && double.TryParse(quota, NumberStyles.None, CultureInfo.InvariantCulture, out double microseconds)
        && double.TryParse(period, NumberStyles.None, CultureInfo.InvariantCulture, out double of) && of > 0
            ? microseconds / of : null;

    /// <summary>Of a number of bytes; null without a limit.</summary>
    internal static long? MemoryLimitOf(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : null;

    private static TimeSpan CpuTime() => OperatingSystem.IsLinux() || OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? Environment.CpuUsage.TotalTime : TimeSpan.Zero;

    private static string? ReadFirst(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault()?.Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // No such system, or no such limit.
            return null;
        }
    }
}
