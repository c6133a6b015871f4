using System.Globalization;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Scenarios;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.CSharp;

namespace Gateway.Benchmarks.NBomber;

/// <summary>Runs each scenario through NBomber and judges it by the same targets as <c>load</c>.</summary>
internal static class NBomberRun
{
    /// <summary>So many failed requests end a scenario early. <c>Run</c> returns normally then, so that failures must be counted.</summary>
    private const int MaxFailCount = 5_000;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1), LeastDuration = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(LoadOptions options)
    {
        if (options.Duration < LeastDuration || options.WarmUp > options.Duration)
        {
            await Console.Error.WriteLineAsync("NBomber takes --seconds of 2 or more, and a --warmup no longer than that.");
            return 2;
        }

        await using DemoUnderTest? demo = options.Url is null ? await DemoUnderTest.StartAsync() : null;
        using var client = new NBomberClient(options.Url ?? demo!.Url);
        var about = Results.In(options.Output);
        bool missed = false;
        foreach (LoadScenario scenario in options.Scenarios)
        {
            // A folder of its own: NBomber deletes what is in the one that it gets.
            string folder = about.NewPath($"nbomber-{scenario.Name}", "");
            NodeStats stats = Run(scenario, options, client, folder);
            IReadOnlyList<string> missedHere = LoadTargets.Missed(Figures(stats.GetScenarioStats(scenario.Name), scenario, options));
            Console.WriteLine($"{scenario.Title}: {(missedHere.Count == 0 ? "all targets are met" : "MISSED: " + string.Join("; ", missedHere))}; report in {folder}");
            await File.WriteAllTextAsync(Path.Combine(folder, "about.txt"), $"Commit {Results.Commit}\nDate {about.Date}\nMachine {Results.Machine}\n");
            missed |= missedHere.Count > 0;
        }

        return missed ? 1 : 0;
    }

    private static NodeStats Run(LoadScenario scenario, LoadOptions options, NBomberClient client, string folder)
    {
        int visits = VisitsPerSecond(scenario, options);
        ScenarioProps props = Scenario
            .Create(scenario.Name, context => VisitAsync(scenario.Visit(NumberOf(context)), context, client))
            .WithMaxFailCount(MaxFailCount)
            .WithLoadSimulations(Simulation.Inject(rate: visits, interval: Second, during: options.Duration));
        props = options.WarmUp > TimeSpan.Zero ? props.WithWarmUpDuration(options.WarmUp) : props.WithoutWarmUp();
        return NBomberRunner
            .RegisterScenarios(props)
            .WithTestSuite("gateway")
            .WithTestName(scenario.Title)
            .WithReportFolder(folder)
            .WithReportFileName(scenario.Name)
            .WithReportFormats(ReportFormat.Html, ReportFormat.Md, ReportFormat.Csv)
            .Run();
    }

    private static async Task<IResponse> VisitAsync(RequestShape[] visit, IScenarioContext context, NBomberClient client)
    {
        if (visit is [{ } only])
        {
            // The visit itself is the request: a step would count it twice.
            (Response<object> answer, _) = await client.AskAsync(only, token: null);
            return answer;
        }

        string? token = null;
        foreach (RequestShape shape in visit)
        {
            Response<object> answer = await Step.Run(shape.Name, context, async () =>
            {
                (Response<object> stepAnswer, string? login) = await client.AskAsync(shape, token);
                token = login ?? token;
                return stepAnswer;
            });
            if (answer.IsError)
            {
                return Response.Fail(statusCode: answer.StatusCode, message: answer.Message);
            }
        }

        return Response.Ok();
    }

    /// <summary>Injected copies come from a pool and are used again: copy and count together tell visits apart.</summary>
    private static long NumberOf(IScenarioContext context) =>
        ((long)context.ScenarioInfo.ThreadNumber << 32) + context.InvocationNumber;

    private static int VisitsPerSecond(LoadScenario scenario, LoadOptions options) =>
        Math.Max(1, (int)Math.Round((options.Rate ?? scenario.Rate) / scenario.RequestsPerVisit));

    /// <summary>By visits, which is what NBomber measures as a whole: their latency is that of all their requests.</summary>
    private static LoadFigures Figures(ScenarioStats stats, LoadScenario scenario, LoadOptions options)
    {
        LatencyStats latency = stats.Ok.Latency;
        double reached = stats.Ok.Request.Count / (VisitsPerSecond(scenario, options) * options.Duration.TotalSeconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{scenario.Title}: {stats.Ok.Request.RPS:N0} visits/s, p50 {latency.Percent50:N2} p95 {latency.Percent95:N2} p99 {latency.Percent99:N2} ms, {stats.Fail.Request.Count:N0} failed"));
        return new LoadFigures(latency.Percent50, latency.Percent95, latency.Percent99, reached, stats.Fail.Request.Count);
    }
}
