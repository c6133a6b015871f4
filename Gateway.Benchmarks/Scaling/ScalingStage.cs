using System.Diagnostics;
using System.Globalization;
using Gateway.Benchmarks.Peers;

namespace Gateway.Benchmarks.Scaling;

/// <summary>Medians of the rounds.</summary>
/// <param name="Little">µs of processor a request.</param>
/// <param name="Much">The same, of the larger.</param>
/// <param name="LittleMegabytes">Resident at the end.</param>
/// <param name="MuchMegabytes">The same, of the larger.</param>
/// <param name="Problem">What went wrong; empty when nothing did.</param>
internal sealed record ScalingResult(double Little, double Much, double LittleMegabytes, double MuchMegabytes, string Problem);

/// <summary>The service on many addresses, two gateways in front of it, and wrk. Ends all that it starts.</summary>
internal sealed class ScalingStage(string gateway, string nginx, string wrk) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-scaling-").FullName;
    private readonly int _servicePort = PeerProcess.FreePort();
    private PeerProcess? _service;

    /// <summary>The service listens on as many addresses as there can be instances.</summary>
    public async Task StartServiceAsync()
    {
        string listen = string.Concat(Enumerable.Range(2, ScalingCase.MaxInstances - 1).Select(n => Text($"listen 127.0.0.{n}:{_servicePort}; ")));
        string configuration = PeerConfigurations.Backend(_servicePort).Replace(Text($"listen 127.0.0.1:{_servicePort};"), Text($"listen 127.0.0.1:{_servicePort}; {listen}"), StringComparison.Ordinal);
        _service = await PeerProcess.StartAsync("service", _servicePort, _folder, nginx, "-p", _folder, "-c", await WriteAsync("service.conf", configuration));
    }

    public async Task<ScalingResult> CompareAsync(ScalingCase little, ScalingCase much, TimeSpan warmUp, TimeSpan duration, int rounds)
    {
        using PeerProcess one = await RunAsync(little), other = await RunAsync(much);
        string problem = (await DriveAsync(little, one, warmUp)).Problem + (await DriveAsync(much, other, warmUp)).Problem;
        var costs = (Little: new List<double>(), Much: new List<double>());
        for (int round = 0; round < rounds; round++)
        {
            (double cost, string wrong) = await DriveAsync(little, one, duration);
            costs.Little.Add(cost);
            (double larger, string alsoWrong) = await DriveAsync(much, other, duration);
            costs.Much.Add(larger);
            problem += wrong + alsoWrong;
        }

        return new ScalingResult(PeersTable.Median(costs.Little), PeersTable.Median(costs.Much), one.ResidentBytes() / 1e6, other.ResidentBytes() / 1e6, problem);
    }

    public void Dispose()
    {
        _service?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<PeerProcess> RunAsync(ScalingCase size)
    {
        int port = PeerProcess.FreePort();
        string file = await WriteAsync(Text($"{port}.json"), size.Configuration(port, _servicePort));
        await WriteAsync(Text($"{port}.lua"), size.Script);
        return await PeerProcess.StartAsync(size.Name, port, _folder, gateway, "run", "--config", file);
    }

    private async Task<(double Microseconds, string Problem)> DriveAsync(ScalingCase size, PeerProcess process, TimeSpan duration)
    {
        TimeSpan before = process.ProcessorTime();
        using Process client = Process.Start(new ProcessStartInfo(wrk,
            ["-t1", Text($"-c{size.Connections}"), Text($"-d{duration.TotalSeconds}s"), "-s", Path.Combine(_folder, Text($"{process.Port}.lua")), Text($"http://127.0.0.1:{process.Port}")])
        { RedirectStandardOutput = true })!;
        string said = await client.StandardOutput.ReadToEndAsync();
        await client.WaitForExitAsync();
        string[] words = said.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        int at = Array.IndexOf(words, "requests");
        if (at < 1 || !long.TryParse(words[at - 1], NumberStyles.None, CultureInfo.InvariantCulture, out long requests) || requests == 0)
        {
            return (double.NaN, said);
        }

        string[] wrong = [.. said.Split('\n').Where(static line => line.Contains("Non-2xx", StringComparison.Ordinal) || line.Contains("Socket errors", StringComparison.Ordinal))];
        return ((process.ProcessorTime() - before).TotalMicroseconds / requests, string.Join(' ', wrong));
    }

    private async Task<string> WriteAsync(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
