using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Host.Serving;

namespace Gateway.Host.Admin;

/// <summary>What <c>GET /admin/v1/info</c> tells.</summary>
internal sealed record AdminInfo
{
    public required string Version { get; init; }

    public required double UptimeSeconds { get; init; }

    /// <summary>Why it should get no requests: <c>starting</c>, <c>draining</c>; null when it should.</summary>
    public required string? NotReady { get; init; }

    public required ConfigurationInfo Config { get; init; }

    /// <summary>Of this binary, as <c>--version</c> prints it.</summary>
    public static string OwnVersion { get; } =
        typeof(AdminInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public static AdminInfo Of(ReloadStatus status, string? notReady, TimeSpan uptime) => new()
    {
        Version = OwnVersion,
        UptimeSeconds = Math.Round(uptime.TotalSeconds, 1),
        NotReady = notReady,
        Config = new ConfigurationInfo
        {
            Generation = status.Generation,
            LoadedAt = status.LoadedAt,
            LastReload = status.LastReloadAt is not { } at ? null
                : new ReloadInfo { At = at, Result = status.Problems.Count == 0 ? "success" : "failure", Problems = status.Problems },
        },
    };
}

/// <summary>Which configuration is in force.</summary>
internal sealed record ConfigurationInfo
{
    public required int Generation { get; init; }

    public required DateTimeOffset LoadedAt { get; init; }

    /// <summary>Null when none was tried.</summary>
    public required ReloadInfo? LastReload { get; init; }
}

/// <summary>What became of the last attempt to put another configuration in force.</summary>
internal sealed record ReloadInfo
{
    public required DateTimeOffset At { get; init; }

    /// <summary><c>success</c> or <c>failure</c>.</summary>
    public required string Result { get; init; }

    public required IReadOnlyList<string> Problems { get; init; }
}

[JsonSerializable(typeof(AdminInfo))]
[JsonSerializable(typeof(AdminProblem))]
[JsonSerializable(typeof(RevokeAnswer))]
[JsonSerializable(typeof(ChangeAnswer))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>Quotes and the like stand as they are: the answer is no HTML, and is not served as such.</summary>
    public static AdminJson Plain { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
