using System.Globalization;

namespace Gateway.Host.Admin.Live;

/// <summary>What the process uses of what it may use. For one thread at a time.</summary>
/// <param name="cgroup">Where the limits of the container stand (cgroup v2); may be missing.</param>
/// <param name="cpuTime">What the process has used; null for the system's figure.</param>
internal sealed class ProcessFigures(string cgroup = "/sys/fs/cgroup", Func<TimeSpan>? cpuTime = null)
{
    /// <summary>Seconds that a figure is of at the least: of a few milliseconds, one piece of work would be all cores.</summary>
    internal const double Least = 0.5;

    private readonly Func<TimeSpan> _cpuTime = cpuTime ?? CpuTime;
    private TimeSpan _before = (cpuTime ?? CpuTime)();
    private double _seconds, _cores;

    /// <summary>Cores that it may use.</summary>
    public double CpuLimit { get; } = CpuLimitOf(ReadFirst(Path.Combine(cgroup, "cpu.max"))) ?? Environment.ProcessorCount;

    /// <summary>Bytes that it may use.</summary>
    public long MemoryLimit { get; } = MemoryLimitOf(ReadFirst(Path.Combine(cgroup, "memory.max"))) ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Bytes that it has resident.</summary>
    public static long Memory => Environment.WorkingSet;

    /// <summary>Cores used in the time since the last figure, if that is <see cref="Least"/> or longer; else that figure, 0 before the first.</summary>
    /// <param name="seconds">Since the last look.</param>
    public double CpuSince(double seconds)
    {
        _seconds += seconds;
        if (_seconds >= Least)
        {
            TimeSpan now = _cpuTime();
            (_cores, _before, _seconds) = ((now - _before).TotalSeconds / _seconds, now, 0);
        }

        return _cores;
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
