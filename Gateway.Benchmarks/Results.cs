using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Gateway.Benchmarks;

/// <summary>Where results go, and what they must say about themselves to mean anything later.</summary>
internal sealed record Results(string Folder, DateTimeOffset Time)
{
    private const string Solution = "gateway.sln";

    /// <summary>The commit that this program was built from.</summary>
    public static string Commit { get; } =
        typeof(Results).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion is { } version
        && version.Split('+') is [_, { Length: >= 12 } hash]
            ? hash[..12]
            : "unknown";

    /// <summary>Processor, cores, memory, system and runtime.</summary>
    public static string Machine { get; } = string.Create(CultureInfo.InvariantCulture,
        $"{Processor()}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:N0} GB, ")
        + $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";

    /// <summary>As results write it, in UTC.</summary>
    public string Date => Time.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <param name="folder">Null for <c>Gateway.Benchmarks/results</c> of the source tree, or of the current folder outside one.</param>
    public static Results In(string? folder) => new(folder ?? DefaultFolder(), TimeProvider.System.GetUtcNow());

    /// <summary>Path of a new result. Its folder exists then.</summary>
    /// <param name="what">What was measured; the time is added.</param>
    /// <param name="extension">With its dot; empty for a folder.</param>
    public string NewPath(string what, string extension)
    {
        Directory.CreateDirectory(Folder);
        return Path.Combine(Folder, $"{what}-{Time.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}{extension}");
    }

    private static string DefaultFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
            {
                return Path.Combine(folder.FullName, "Gateway.Benchmarks", "results");
            }
        }

        return Path.GetFullPath("results");
    }

    private static string Processor()
    {
        const string Facts = "/proc/cpuinfo", Name = "model name";
        string? line = File.Exists(Facts)
            ? File.ReadLines(Facts).FirstOrDefault(static one => one.StartsWith(Name, StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[^1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
