using Gateway.Benchmarks.Scenarios;

namespace Gateway.Benchmarks.Load;

/// <summary>What is sent, where to, and for how long.</summary>
internal sealed record LoadOptions
{
    private const int MaxRate = 1_000_000, MaxSeconds = 86_400, MaxConnections = 4_000;

    /// <summary>In the order in which they run; all by default.</summary>
    public required IReadOnlyList<LoadScenario> Scenarios { get; init; }

    /// <summary>Requests a second, 1 to 1,000,000; null for each scenario's own.</summary>
    public int? Rate { get; init; }

    /// <summary>How long is measured; 1 s to a day, 30 s by default.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>How long the same is sent before, unmeasured, while code compiles and pools fill; 0 s to a day, 5 s by default.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>Connections, and so requests that may be outstanding; 1 to 4,000 (each is a thread), 100 by default.</summary>
    public int Connections { get; init; }

    /// <summary>A gateway that runs already; null to start one.</summary>
    public Uri? Url { get; init; }

    /// <summary>Where the report goes; null for the usual folder.</summary>
    public string? Output { get; init; }

    /// <summary>Null, after telling why, when the arguments are not to be understood.</summary>
    public static LoadOptions? Parse(ReadOnlySpan<string> arguments, string usage)
    {
        var given = new VerbArguments(arguments);
        var options = new LoadOptions
        {
            Scenarios = ScenariosIn(given),
            Rate = given.Number("--rate", 1, MaxRate),
            Duration = TimeSpan.FromSeconds(given.Number("--seconds", 1, MaxSeconds) ?? 30),
            WarmUp = TimeSpan.FromSeconds(given.Number("--warmup", 0, MaxSeconds) ?? 5),
            Connections = given.Number("--connections", 1, MaxConnections) ?? 100,
            Url = UrlIn(given),
            Output = given.Text("--output"),
        };
        return given.Complain(usage) ? null : options;
    }

    private static IReadOnlyList<LoadScenario> ScenariosIn(VerbArguments given)
    {
        if (given.Text("--scenario") is not { } name)
        {
            return DemoScenarios.All;
        }

        if (DemoScenarios.Find(name) is { } scenario)
        {
            return [scenario];
        }

        given.Refuse($"--scenario takes one of {string.Join(", ", DemoScenarios.All.Select(static one => one.Name))}, not {name}");
        return [];
    }

    private static Uri? UrlIn(VerbArguments given)
    {
        if (given.Text("--url") is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url is { Scheme: "http", PathAndQuery: "/" })
        {
            return url;
        }

        given.Refuse($"--url takes a cleartext address such as http://localhost:8000, not {text}");
        return null;
    }
}
