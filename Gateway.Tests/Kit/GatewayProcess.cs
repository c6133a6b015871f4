using System.Text.RegularExpressions;
using OSProcess = System.Diagnostics.Process;

namespace Gateway.Tests.Kit;

/// <summary>The built binary as a child process. Killed at the end, whatever became of the test.</summary>
internal sealed partial class GatewayProcess : IAsyncDisposable
{
    /// <summary>Bounds every wait; none is ever waited out.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly OSProcess _process;

    private GatewayProcess(OSProcess process)
    {
        _process = process;
        Output = new ProcessLines(process.StandardOutput);
        Errors = new ProcessLines(process.StandardError);
    }

    public ProcessLines Output { get; }

    public ProcessLines Errors { get; }

    /// <summary>Starts <c>gateway</c> in a folder.</summary>
    public static GatewayProcess Start(string folder, params string[] arguments) => Start(folder, Binary, arguments);

    /// <summary>Starts another program that takes the same arguments.</summary>
    public static GatewayProcess StartProgram(string program, string folder, params string[] arguments) => Start(folder, program, arguments);

    /// <summary>Starts <c>gateway</c> with redirections as a shell writes them, such as <c>&gt;/dev/full</c>.</summary>
    public static GatewayProcess StartRedirected(string folder, string redirection, params string[] arguments) =>
        Start(folder, "/bin/sh", ["-c", $"exec \"$0\" \"$@\" {redirection}", Binary, .. arguments]);

    /// <summary>Runs <c>gateway</c> to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string folder, params string[] arguments)
    {
        await using GatewayProcess process = Start(folder, arguments);
        return await process.EndAsync();
    }

    /// <summary>Waits for the end and for all that was written until then.</summary>
    /// <param name="patience">How long that may take; null for <see cref="Patience"/>.</param>
    public async Task<(int ExitCode, string Output, string Errors)> EndAsync(TimeSpan? patience = null)
    {
        await _process.WaitForExitAsync().WaitAsync(patience ?? Patience);
        return (_process.ExitCode, await Output.AllAsync(), await Errors.AllAsync());
    }

    /// <summary>Waits for the line that says where it serves.</summary>
    public async Task<(Uri Public, Uri Admin)> ServingAsync()
    {
        Match line = await Output.MatchAsync(ServingLine());
        return (new Uri(line.Groups["public"].Value), new Uri(line.Groups["admin"].Value));
    }

    /// <summary>Sends SIGTERM.</summary>
    public async Task TerminateAsync()
    {
        using OSProcess kill = OSProcess.Start("/bin/sh", ["-c", $"kill -s TERM {_process.Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Patience);
        kill.ExitCode.Should().Be(0);
    }

    /// <summary>Sends SIGKILL, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await Output.DisposeAsync();
        await Errors.DisposeAsync();
        _process.Dispose();
    }

    /// <summary>Next to the tests: the build puts it there, since the tests refer to its project.</summary>
    private static string Binary => Path.Combine(AppContext.BaseDirectory, "gateway");

    private static GatewayProcess Start(string folder, string file, string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(static name => name.Contains("__", StringComparison.Ordinal)).ToList())
        {
            // The machine's settings are not the test's.
            start.Environment.Remove(name);
        }

        return new GatewayProcess(OSProcess.Start(start)!);
    }

    [GeneratedRegex("Serving on (?<public>https?://[^ ,]+), admin on (?<admin>http://[^ \"]+)")]
    private static partial Regex ServingLine();
}
