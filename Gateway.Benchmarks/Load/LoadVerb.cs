using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Benchmarks.Scenarios;
using HdrHistogram;

namespace Gateway.Benchmarks.Load;

/// <summary><c>load</c>: the scenarios at a constant rate, against the specification's targets.</summary>
internal static class LoadVerb
{
    public const string Usage = "load [--scenario catalogue|login-cart|mixed|10k] [--rate N] [--seconds 30] [--warmup 5] [--connections 100]"
        + " [--url http://HOST:PORT] [--output FOLDER]: requests at a constant rate, against the specification's targets";

    /// <returns>0 when all targets are met, 1 when one is missed, 2 when the arguments are not understood, 3 when nothing could be measured.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (LoadOptions.Parse(arguments, Usage) is not { } options)
        {
            return 2;
        }

        try
        {
            return await MeasureAllAsync(options);
        }
        catch (Exception failure) when (failure is InvalidOperationException or TimeoutException or SocketException or IOException)
        {
            await Console.Error.WriteLineAsync($"Could not measure: {failure.Message}");
            return 3;
        }
    }

    private static async Task<int> MeasureAllAsync(LoadOptions options)
    {
        await using DemoUnderTest? demo = options.Url is null ? await DemoUnderTest.StartAsync() : null;
        Uri url = options.Url ?? demo!.Url;
        IPEndPoint server = new((await Dns.GetHostAddressesAsync(url.DnsSafeHost))[0], url.Port);
        Say($"gateway: {(demo is null ? url : $"the demo's routes and services, limits wide open, process {demo.Gateway.ProcessId}")}");
        var results = new List<LoadResult>();
        foreach (LoadScenario scenario in options.Scenarios)
        {
            LoadResult result = await MeasureAsync(scenario, options, server, url.Authority, demo?.Gateway);
            Summarize(result);
            results.Add(result);
        }

        var about = Results.In(options.Output);
        string what = options.Scenarios is [{ } only] ? $"load-{only.Name}" : "load";
        string path = about.NewPath(what, ".html");
        await File.WriteAllTextAsync(path, LoadReport.Html(results, about, options));
        Say($"report: {path}");
        return results.Any(static one => one.Missed.Count > 0) ? 1 : 0;
    }

    private static async Task<LoadResult> MeasureAsync(
        LoadScenario scenario, LoadOptions options, IPEndPoint server, string authority, GatewayUnderTest? gateway)
    {
        double rate = options.Rate ?? scenario.Rate;
        Say($"\n{scenario.Title}: {rate:N0} requests/s for {options.Duration.TotalSeconds} s over {options.Connections} connections");
        using var crew = new LoadCrew(scenario, server, authority, options.Connections);
        if (options.WarmUp > TimeSpan.Zero)
        {
            var ignored = new LoadRecorder(scenario);
            await crew.OpenLoopAsync(rate, options.WarmUp, ignored, arrivals => Progress("warm-up", ignored, arrivals));
        }

        var recorder = new LoadRecorder(scenario);
        var course = new List<LoadSecond>();
        using var client = Process.GetCurrentProcess();
        (TimeSpan? gatewayBefore, TimeSpan clientBefore) = (gateway?.ProcessorTime(), client.TotalProcessorTime);
        Arrivals arrivals = await crew.OpenLoopAsync(rate, options.Duration, recorder,
            now => course.Add(Progress(Text($"{course.Count + 1,5} s"), recorder, now)));
        client.Refresh();
        var cost = new LoadCost(
            gateway?.ProcessorTime() - gatewayBefore, gateway?.ResidentBytes(), client.TotalProcessorTime - clientBefore);
        return new LoadResult(scenario, rate, options.Duration, recorder, (double)arrivals.Sent / arrivals.Total, cost, course);
    }

    private static LoadSecond Progress(string when, LoadRecorder recorder, Arrivals arrivals)
    {
        HistogramBase interval = recorder.TakeInterval();
        var second = new LoadSecond(
            interval.TotalCount, interval.GetValueAtPercentile(50) / 1e3, interval.GetValueAtPercentile(99) / 1e3);
        Say($"  {when,7}  {second.Answered,8:N0}/s  p50 {second.P50,8:N2} ms  p99 {second.P99,8:N2} ms  waiting {arrivals.Waiting():N0}  errors {recorder.Wrong:N0}");
        return second;
    }

    private static void Summarize(LoadResult result)
    {
        Say($"  throughput  {result.PerSecond:N0} requests/s, {result.Reached:P1} of the arrivals asked for");
        Say($"  latency     p50 {result.Milliseconds(50):N2}  p95 {result.Milliseconds(95):N2}  p99 {result.Milliseconds(99):N2}  p99.9 {result.Milliseconds(99.9):N2}  max {result.Milliseconds(100):N2} ms");
        foreach ((int outcome, bool isRight, long count) in result.Recorder.Outcomes())
        {
            Say($"  {Outcome.Name(outcome),-10}  {count:N0}{(isRight ? outcome >= 400 ? ", intended" : "" : ", NOT intended")}");
        }

        if (result.Unsent > 0)
        {
            Say($"  not sent    {result.Unsent:N0}, their waiting counted as latency");
        }

        if (result.Cost.Gateway is { } gateway)
        {
            Say($"  gateway     {gateway.TotalMicroseconds / Math.Max(1, result.Recorder.Ended):N1} µs of processor per request, {result.Cost.GatewayResident / 1e6:N0} MB resident");
        }

        Say($"  client      {result.Cost.Client / result.Duration:P0} of a core");
        IReadOnlyList<string> missed = result.Missed;
        Say($"  {(missed.Count == 0 ? "All targets are met." : "MISSED: " + string.Join("; ", missed) + ".")}");
    }

    private static void Say(FormattableString line) => Console.WriteLine(Text(line));

    private static string Text(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);
}
