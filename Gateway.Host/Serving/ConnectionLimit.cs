using System.Globalization;

namespace Gateway.Host.Serving;

/// <summary>
/// How many connections of clients fit into the file descriptors that the process may open. Beyond them the runtime cannot accept,
/// resolve or log any more, and does not recover: better to close a connection at once than to lose all.
/// </summary>
internal static class ConnectionLimit
{
    /// <summary>Descriptors kept for the process itself: files, listeners, the admin port, the auth service, event queues.</summary>
    internal const int Reserve = 150;

    /// <summary>Fewest connections that are allowed, however few descriptors there are.</summary>
    internal const int Least = 16;

    private const string LimitsFile = "/proc/self/limits";
    private const string OpenFiles = "Max open files";

    /// <summary>The limit of this process; null where the system does not say (other than Linux).</summary>
    public static int? OfThisProcess() => File.Exists(LimitsFile) ? From(File.ReadAllText(LimitsFile)) : null;

    /// <summary>Half of the descriptors, less the reserve: each client may need a connection to an instance too.</summary>
    /// <param name="limits">The text of <c>/proc/self/limits</c>.</param>
    internal static int? From(string limits)
    {
        string? line = limits.Split('\n').FirstOrDefault(static line => line.StartsWith(OpenFiles, StringComparison.Ordinal));
        string? soft = line?[OpenFiles.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int files)
            ? Math.Max(Least, (files - Reserve) / 2)
            : null;
    }
}
