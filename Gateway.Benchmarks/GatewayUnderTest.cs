using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace Gateway.Benchmarks;

/// <summary>The built gateway as a process of its own, so that its memory is nobody else's. Killed at the end.</summary>
internal sealed partial class GatewayUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60), QuietPatience = TimeSpan.FromSeconds(60);

    /// <summary>How long and how closely (in bytes) memory must stand still to be called quiet.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(3);
    private const long QuietBytes = 256 * 1024;

    /// <summary>The build puts it next to this program, which refers to its project.</summary>
    public static string Binary { get; } = Path.Combine(AppContext.BaseDirectory, "gateway");

    private readonly Process _process;
    private readonly string _folder;
    private Task _output = Task.CompletedTask;

    private GatewayUnderTest(Process process, string folder) => (_process, _folder) = (process, folder);

    /// <summary>Where it listens for callers.</summary>
    public IPEndPoint Address { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>The system's number for it.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts <c>gateway run</c>.</summary>
    /// <param name="configuration">JSON that, with the settings, lets it listen on any port of 127.0.0.1.</param>
    /// <param name="settings">Keys and values that override it.</param>
    /// <exception cref="InvalidOperationException">It did not start; the message holds what it said.</exception>
    /// <exception cref="TimeoutException">It did not say in a minute where it serves.</exception>
    public static async Task<GatewayUnderTest> StartAsync(string configuration, IEnumerable<KeyValuePair<string, string>>? settings = null)
    {
        string folder = Directory.CreateTempSubdirectory("gateway-benchmark-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "gateway.json"), configuration);

        string[] sets = [.. (settings ?? []).SelectMany(static one => (string[])["--set", $"{one.Key}={one.Value}"])];
        var start = new ProcessStartInfo(Binary, ["run", "--config", "gateway.json", .. sets])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        };
        foreach (string name in start.Environment.Keys.Where(static name => name.StartsWith("Gateway__", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        var gateway = new GatewayUnderTest(Process.Start(start)!, folder);
        try
        {
            await gateway.ServesAsync().WaitAsync(StartPatience);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Resident memory now, in bytes.</summary>
    public long ResidentBytes()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>Processor time that it has taken since its start.</summary>
    public TimeSpan ProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    /// <summary>Resident memory once it stands still, in bytes; or after a minute as it is then.</summary>
    public async Task<long> QuietResidentBytesAsync()
    {
        var sinceStart = Stopwatch.StartNew();
        long settled = ResidentBytes();
        for (var still = Stopwatch.StartNew(); still.Elapsed < QuietTime && sinceStart.Elapsed < QuietPatience;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200));
            long now = ResidentBytes();
            if (Math.Abs(now - settled) > QuietBytes)
            {
                settled = now;
                still.Restart();
            }
        }

        return ResidentBytes();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _output;
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Reads its output up to the line that says where it serves; what follows is read too, so that it never waits for us, and dropped.</summary>
    private async Task ServesAsync()
    {
        var said = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (ServingLine().Match(line) is { Success: true } serving)
            {
                Address = new IPEndPoint(IPAddress.Loopback, new Uri(serving.Groups["public"].Value).Port);
                _output = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return;
            }
        }

        throw new InvalidOperationException($"The gateway did not start. It said: {string.Join('\n', said)}");
    }

    [GeneratedRegex("Serving on (?<public>http://[^ ,]+),.* admin on")]
    private static partial Regex ServingLine();
}
