using System.Globalization;
using System.Text;
using Gateway.Core.RateLimiting;

namespace Gateway.Benchmarks.Replicas;

/// <summary><c>replicas</c>: what many gateways cost the store that they share, and how well they hold a limit together.</summary>
internal static class ReplicasVerb
{
    public const string Usage = "replicas [--redis ADDRESS] [--seconds 10] [--output FOLDER]: shared limits at 3, 30 and 300 gateways, simulated; and the cost of a leased decision";

    private const int MaxSeconds = 600, Simulated = 30, Rate = 1_000, Offered = 3 * Rate;

    private static readonly int[] Sizes = [3, 30, 300];

    /// <summary>Requests a second of one key.</summary>
    private static readonly int[] KeyRates = [1, 10, 100, 1_000];

    /// <returns>0, or 2 when the arguments are not understood.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var given = new VerbArguments(arguments);
        string? redis = given.Text("--redis");
        TimeSpan duration = TimeSpan.FromSeconds(given.Number("--seconds", 1, MaxSeconds) ?? 10);
        var about = Results.In(given.Text("--output"));
        if (given.Complain(Usage))
        {
            return 2;
        }

        var text = new StringBuilder();
        text.Append(Text($"# Gateways that share limits\n\nCommit {Results.Commit}, {about.Date}, {Results.Machine}.\n\n"));
        text.Append(Text($"## A decision, 5,000 a second of one key\n\n{await LeaseLatency.RunAsync(redis, duration)}\n\n"));
        text.Append(Text($"## One key at three times its limit of {Rate} a second (burst {Rate}), {Simulated} s simulated\n\n"));
        text.Append("| gateways | admitted | most in 10 s, beyond burst and rate | store calls a second | a request |\n|---|---|---|---|---|\n");
        foreach (int replicas in Sizes)
        {
            await using var simulation = new SharedLimitSimulation(replicas, new RateLimitPolicyOptions { Capacity = Rate, RefillPerSecond = Rate });
            SimulationResult seen = await simulation.RunAsync(keys: 1, Offered, Simulated);
            double possible = Rate + (Rate * (double)SharedLimitSimulation.Window), all = Rate + (Rate * (double)Simulated);
            text.Append(Text($"| {replicas} | {(seen.Admitted / all) - 1:+0.0 %;-0.0 %} | {(seen.MostInAWindow / possible) - 1:+0.0 %;-0.0 %} | "))
                .Append(Text($"{seen.Calls / (double)Simulated:N0} | {seen.Calls / (double)seen.Requests:0.000} |\n"));
        }

        text.Append("\n## Calls of the store for each request, by a key's requests a second over all gateways, below its limit\n\n| gateways | ")
            .AppendJoin(" | ", KeyRates).Append(" |\n|---|").Append(string.Concat(Enumerable.Repeat("---|", KeyRates.Length))).Append('\n');
        foreach (int replicas in Sizes)
        {
            text.Append(Text($"| {replicas} "));
            foreach (int rate in KeyRates)
            {
                await using var simulation = new SharedLimitSimulation(
                    replicas, new RateLimitPolicyOptions { Capacity = 4 * KeyRates[^1], RefillPerSecond = 2 * KeyRates[^1] });
                SimulationResult seen = await simulation.RunAsync(keys: 1_000 / rate, perSecond: 1_000, Simulated);
                text.Append(Text($"| {seen.Calls / (double)seen.Requests:0.000} "));
            }

            text.Append("|\n");
        }

        await using (var many = new SharedLimitSimulation(1, new RateLimitPolicyOptions { Capacity = Rate, RefillPerSecond = Rate }))
        {
            SimulationResult seen = await many.RunAsync(keys: 1_000_000_000, perSecond: 100_000, seconds: 2);
            text.Append(Text($"\nA key in a gateway's memory: {seen.BytesPerKey:N0} bytes, the simulation's own included.\n"));
        }

        Console.Write(text);
        await File.WriteAllTextAsync(about.NewPath("replicas", ".md"), text.ToString());
        return 0;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
