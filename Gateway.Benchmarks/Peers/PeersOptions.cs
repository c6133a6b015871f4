namespace Gateway.Benchmarks.Peers;

/// <summary>Who is compared, and under what load.</summary>
internal sealed record PeersOptions
{
    private const int MaxConnections = 4_000, MaxSeconds = 3_600, MaxRounds = 100;

    /// <summary>Names of the peers to run; null for all that are found.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Folders of YARP projects, each a program that takes its port and the backend's URL.</summary>
    public required IReadOnlyList<string> Yarp { get; init; }

    /// <summary>The gateway's program; the built one by default.</summary>
    public required string Gateway { get; init; }

    /// <summary>Keep-alive connections; 1 to 4,000, 64 by default.</summary>
    public int Connections { get; init; }

    /// <summary>How long each is driven in a round; 5 s by default.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>How often each is driven, in turn; 5 by default. Medians of them are told.</summary>
    public int Rounds { get; init; }

    /// <summary>Where the table goes; null for the usual folder.</summary>
    public string? Output { get; init; }

    /// <summary>Null, after telling why, when the arguments are not to be understood.</summary>
    public static PeersOptions? Parse(ReadOnlySpan<string> arguments, string usage)
    {
        var given = new VerbArguments(arguments);
        var options = new PeersOptions
        {
            Names = given.Text("--peers")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Yarp = given.All("--yarp"),
            Gateway = given.Text("--gateway") ?? GatewayUnderTest.Binary,
            Connections = given.Number("--connections", 1, MaxConnections) ?? 64,
            Duration = TimeSpan.FromSeconds(given.Number("--seconds", 1, MaxSeconds) ?? 5),
            Rounds = given.Number("--rounds", 1, MaxRounds) ?? 5,
            Output = given.Text("--output"),
        };
        foreach (string folder in options.Yarp.Where(static folder => !Directory.Exists(folder)))
        {
            given.Refuse($"{folder} is no folder");
        }

        if (!File.Exists(options.Gateway))
        {
            given.Refuse($"{options.Gateway} is no program");
        }

        return given.Complain(usage) ? null : options;
    }
}
