using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Scenarios;
using HdrHistogram;

namespace Gateway.Benchmarks.Peers;

/// <summary>What one drive gave.</summary>
/// <param name="Requests">Answers.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="P50">Median latency, in ms.</param>
/// <param name="P99">99th percentile, in ms.</param>
/// <param name="Problem">What went wrong; empty when nothing did.</param>
internal sealed record PeerDrive(long Requests, double Seconds, double P50, double P99, string Problem);

/// <summary>Drives one peer as fast as it answers: by wrk when it is installed, otherwise by this program.</summary>
internal sealed partial class PeerLoad(int connections, string token, string? wrk)
{
    private const string Path = "/api/products/42?x=1", Agent = "peers";

    /// <summary>Who sends.</summary>
    public string Client => wrk is null ? "this program" : "wrk, one thread";

    public Task<PeerDrive> DriveAsync(int port, TimeSpan duration) => wrk is null ? DriveHereAsync(port, duration) : DriveByWrkAsync(wrk, port, duration);

    private async Task<PeerDrive> DriveHereAsync(int port, TimeSpan duration)
    {
        var scenario = new LoadScenario("peers", "One product", 1, [(1, [new RequestShape("product", "GET", Path) { Token = token }])]);
        var recorder = new LoadRecorder(scenario);
        using var crew = new LoadCrew(scenario, new IPEndPoint(IPAddress.Loopback, port), $"127.0.0.1:{port}", connections);
        await crew.ClosedLoopAsync(duration, recorder);
        HistogramBase all = recorder.All();
        return new PeerDrive(recorder.Ended, duration.TotalSeconds, all.GetValueAtPercentile(50) / 1e3, all.GetValueAtPercentile(99) / 1e3,
            recorder.Wrong == 0 ? "" : Text($"{recorder.Wrong:N0} not 200"));
    }

    private async Task<PeerDrive> DriveByWrkAsync(string program, int port, TimeSpan duration)
    {
        using Process process = Process.Start(new ProcessStartInfo(program,
            ["-t1", Text($"-c{connections}"), Text($"-d{duration.TotalSeconds}s"), "--latency", "-H", $"Authorization: Bearer {token}", "-H", $"User-Agent: {Agent}", $"http://127.0.0.1:{port}{Path}"])
        { RedirectStandardOutput = true })!;
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Match total = Total().Match(said);
        return total.Success
            ? new PeerDrive(long.Parse(total.Groups["count"].Value, CultureInfo.InvariantCulture), Milliseconds(total) / 1e3,
                Milliseconds(Median().Match(said)), Milliseconds(Tail().Match(said)), Problem().Match(said).Value)
            : throw new InvalidOperationException($"wrk did not tell what it measured. It said: {said}");
    }

    private static double Milliseconds(Match match) =>
        double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture) * match.Groups["unit"].Value switch
        {
            "us" => 1e-3,
            "s" => 1e3,
            "m" => 60e3,
            _ => 1,
        };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<count>\d+) requests in (?<value>[\d.]+)(?<unit>us|ms|s|m)")]
    private static partial Regex Total();

    [GeneratedRegex(@"\s50%\s+(?<value>[\d.]+)(?<unit>us|ms|s|m)")]
    private static partial Regex Median();

    [GeneratedRegex(@"\s99%\s+(?<value>[\d.]+)(?<unit>us|ms|s|m)")]
    private static partial Regex Tail();

    [GeneratedRegex("Socket errors.*|Non-2xx.*")]
    private static partial Regex Problem();
}
