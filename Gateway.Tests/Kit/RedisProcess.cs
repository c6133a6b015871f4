using System.Globalization;
using OSProcess = System.Diagnostics.Process;

namespace Gateway.Tests.Kit;

/// <summary>A real redis-server as a child process, without a disk. Killed at the end, whatever became of the test.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    public const string Program = "redis-server";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private OSProcess _process;

    private RedisProcess(int port, OSProcess process) => (Port, _process) = (port, process);

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    public static async Task<RedisProcess> StartAsync()
    {
        for (int attempt = 0; ; attempt++)
        {
            int port = EmbeddedRedis.FreePort();
            if (await TryStartAsync(port) is { } process)
            {
                return new RedisProcess(port, process);
            }

            attempt.Should().BeLessThan(5, "redis-server would start");
        }
    }

    /// <summary>As when the machine dies.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>After <see cref="KillAsync"/>: another one on the same port, empty.</summary>
    public async Task StartAgainAsync() => _process = await TryStartAsync(Port) ?? throw new InvalidOperationException("redis-server does not start again.");

    /// <summary>It takes connections and says nothing, until <see cref="ContinueAsync"/>.</summary>
    public Task SuspendAsync() => SignalAsync("STOP");

    public Task ContinueAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<OSProcess?> TryStartAsync(int port)
    {
        OSProcess process = OSProcess.Start(new System.Diagnostics.ProcessStartInfo(
            Program,
            ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        })!;
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                // What it says later is read, so that it never waits for somebody to read it.
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return process;
            }
        }

        await process.WaitForExitAsync();
        process.Dispose();
        return null;
    }

    private async Task SignalAsync(string signal)
    {
        using OSProcess kill = OSProcess.Start("/bin/sh", ["-c", $"kill -s {signal} {_process.Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Patience);
        kill.ExitCode.Should().Be(0);
    }
}
