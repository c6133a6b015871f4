using System.Globalization;
using System.Text;
using Gateway.Benchmarks.Peers;

namespace Gateway.Benchmarks.Scaling;

/// <summary>
/// <c>scaling</c>: what a request costs when there is little of something and when there is much: routes, cached tokens, limit keys, instances,
/// connections. Both sizes run side by side and are driven in turn, so that the machine's moods meet both.
/// </summary>
internal static class ScalingVerb
{
    public const string Usage = "scaling [--gateway PROGRAM] [--seconds 4] [--rounds 5] [--output FOLDER]: the cost of much over little, beside each other";

    private const int MaxSeconds = 3_600, MaxRounds = 100;

    /// <summary>Long enough for the largest case to have asked each of its numbers once.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(15);

    private static readonly (ScalingCase Little, ScalingCase Much)[] Dimensions =
    [
        (ScalingCase.Routes(10), ScalingCase.Routes(5_000)),
        (ScalingCase.Tokens(1), ScalingCase.Tokens(100_000)),
        (ScalingCase.LimitKeys(1), ScalingCase.LimitKeys(100_000)),
        (ScalingCase.Instances(1), ScalingCase.Instances(ScalingCase.MaxInstances)),
        (ScalingCase.Connected(64), ScalingCase.Connected(4_000)),
    ];

    /// <returns>0 when all answered as they should, 1 when not, 2 when the arguments are not understood, 3 when nothing could be measured.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var given = new VerbArguments(arguments);
        string gateway = given.Text("--gateway") ?? GatewayUnderTest.Binary;
        TimeSpan duration = TimeSpan.FromSeconds(given.Number("--seconds", 1, MaxSeconds) ?? 4);
        int rounds = given.Number("--rounds", 1, MaxRounds) ?? 5;
        var about = Results.In(given.Text("--output"));
        if (given.Complain(Usage))
        {
            return 2;
        }

        if (PeerCast.Program("wrk") is not { } wrk || PeerCast.Program("nginx") is not { } nginx)
        {
            await Console.Error.WriteLineAsync("scaling needs wrk to ask and nginx to be the service.");
            return 3;
        }

        using var stage = new ScalingStage(gateway, nginx, wrk);
        await stage.StartServiceAsync();
        var table = new StringBuilder();
        table.Append("| little | much | CPU per request | ratio | resident |\n|---|---|---|---|---|\n");
        bool isFine = true;
        foreach ((ScalingCase little, ScalingCase much) in Dimensions)
        {
            ScalingResult result = await stage.CompareAsync(little, much, WarmUp, duration, rounds);
            isFine &= result.Problem.Length == 0;
            string row = string.Create(CultureInfo.InvariantCulture,
                $"| {little.Name} | {much.Name} | {result.Little:N1} → {result.Much:N1} µs | {result.Much / result.Little:N2} | {result.LittleMegabytes:N0} → {result.MuchMegabytes:N0} MB | {result.Problem}");
            Console.WriteLine(row);
            table.Append(row).Append('\n');
        }

        await File.WriteAllTextAsync(about.NewPath("scaling", ".md"), $"""
            # Much beside little

            Commit {Results.Commit}, {about.Date}, {Results.Machine}. Medians of {rounds} rounds of {duration.TotalSeconds} s, both sizes in turn; load by wrk,
            one thread. Every request with its token checked, three limits, log, metrics.

            {table}
            """);
        return isFine ? 0 : 1;
    }
}
