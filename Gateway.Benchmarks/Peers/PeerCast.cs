using System.Diagnostics;
using System.Globalization;

namespace Gateway.Benchmarks.Peers;

/// <summary>Finds the peers that are there and starts them, with the service behind them. Ends all of them.</summary>
internal sealed class PeerCast : IDisposable
{
    public const string Ours = "gateway";

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-peers-").FullName;
    private readonly PeersOptions _options;
    private readonly List<PeerProcess> _started = [];

    private PeerCast(PeersOptions options) => _options = options;

    /// <summary>Those to be measured, ours among them.</summary>
    public IReadOnlyList<PeerProcess> Peers { get; private set; } = [];

    /// <summary>Starts all that are asked for and found.</summary>
    /// <exception cref="InvalidOperationException">One that is asked for by name is not there, or one did not start.</exception>
    public static async Task<PeerCast> StartAsync(PeersOptions options)
    {
        var cast = new PeerCast(options);
        try
        {
            int backend = await cast.StartBackendAsync();
            List<(string Name, Func<int, Task<string[]>> Command)> found = cast.Find(backend);
            if (options.Names?.FirstOrDefault(name => found.All(one => one.Name != name)) is { } missing)
            {
                throw new InvalidOperationException($"There is no {missing}; there are {string.Join(", ", found.Select(static one => one.Name))}.");
            }

            var peers = new List<PeerProcess>();
            foreach ((string name, Func<int, Task<string[]>> command) in found.Where(one => options.Names?.Contains(one.Name) ?? true))
            {
                int port = PeerProcess.FreePort();
                peers.Add(await cast.RunAsync(name, port, await command(port)));
            }

            cast.Peers = peers;
            return cast;
        }
        catch
        {
            cast.Dispose();
            throw;
        }
    }

    /// <summary>A program's path; null when it is not installed.</summary>
    public static string? Program(string name)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/usr/local/sbin"];
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    public void Dispose()
    {
        foreach (PeerProcess peer in Enumerable.Reverse(_started))
        {
            peer.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private List<(string Name, Func<int, Task<string[]>> Command)> Find(int backend)
    {
        var found = new List<(string, Func<int, Task<string[]>>)>();
        if (Program("nginx") is { } nginx)
        {
            found.Add(("nginx", port => Configured(port, PeerConfigurations.NginxForward(port, backend), nginx, "-p", _folder, "-c")));
            found.Add(("nginx-full", port => Configured(port, PeerConfigurations.NginxFull(port, backend), nginx, "-p", _folder, "-c")));
        }

        if (Program("haproxy") is { } haproxy)
        {
            found.Add(("haproxy", port => Configured(port, PeerConfigurations.HaproxyForward(port, backend), haproxy, "-db", "-f")));
            found.Add(("haproxy-full", port => Configured(port, PeerConfigurations.HaproxyFull(port, backend), haproxy, "-db", "-f")));
        }

        foreach (string project in _options.Yarp)
        {
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(project)));
            found.Add((name, async port => [await PublishAsync(project, name), Text($"{port}"), Text($"http://127.0.0.1:{backend}/")]));
        }

        found.Add((Ours, port => Configured(port, PeerConfigurations.Gateway(port, backend), _options.Gateway, "run", "--config")));
        return found;
    }

    /// <summary>nginx as the service, being the cheapest; without it one of our own.</summary>
    private async Task<int> StartBackendAsync()
    {
        int port = PeerProcess.FreePort();
        string[] command = Program("nginx") is { } nginx
            ? await Configured(port, PeerConfigurations.Backend(port), nginx, "-p", _folder, "-c")
            : [Path.Combine(AppContext.BaseDirectory, "Gateway.Benchmarks"), PeerBackend.Verb, Text($"{port}")];
        await RunAsync("backend", port, command);
        return port;
    }

    private async Task<PeerProcess> RunAsync(string name, int port, string[] command)
    {
        PeerProcess started = await PeerProcess.StartAsync(name, port, _folder, command);
        _started.Add(started);
        return started;
    }

    private async Task<string[]> Configured(int port, string configuration, params string[] command)
    {
        string file = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{port}.conf"));
        await File.WriteAllTextAsync(file, configuration);
        return [.. command, file];
    }

    /// <summary>Builds a copy, so that nothing is left in the project and nothing of this repository's settings applies.</summary>
    private async Task<string> PublishAsync(string project, string name)
    {
        string copy = Directory.CreateDirectory(Path.Combine(_folder, $"{name}.source")).FullName;
        foreach (string file in Directory.EnumerateFiles(project).Where(static file => Path.GetExtension(file) is ".cs" or ".csproj" or ".json"))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        string program = Path.GetFileNameWithoutExtension(
            Directory.EnumerateFiles(copy, "*.csproj").FirstOrDefault() ?? throw new InvalidOperationException($"{project} has no project file."));
        string output = Path.Combine(_folder, $"{name}.built");
        using Process publish = Process.Start(new ProcessStartInfo("dotnet", ["publish", "-c", "Release", "-v", "quiet", "-o", output]) { WorkingDirectory = copy, RedirectStandardOutput = true })!;
        string said = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        return publish.ExitCode == 0 ? Path.Combine(output, program) : throw new InvalidOperationException($"{project} does not build: {said}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
