using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Benchmarks.Peers;

/// <summary>A program under measurement with all that it starts; its output is thrown away. Linux only, as costs come from /proc.</summary>
internal sealed class PeerProcess : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60), StopPatience = TimeSpan.FromSeconds(10);

    /// <summary>Of /proc/PID/stat after the name: user and system time, in hundredths of a second on every Linux that .NET runs on.</summary>
    private const int UserTime = 11, SystemTime = 12, TicksPerSecond = 100;

    private readonly Process _process;

    private PeerProcess(string name, int port, Process process) => (Name, Port, _process) = (name, port, process);

    /// <summary>What tables call it.</summary>
    public string Name { get; }

    /// <summary>The port of 127.0.0.1 that it listens on.</summary>
    public int Port { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public static async Task<PeerProcess> StartAsync(string name, int port, string folder, params string[] command)
    {
        Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>\"$0\"", Path.Combine(folder, $"{name}.err"), .. command])
        {
            WorkingDirectory = folder,
        })!;
        var peer = new PeerProcess(name, port, process);
        for (var since = Stopwatch.StartNew(); since.Elapsed < StartPatience && !process.HasExited;)
        {
            if (Listens(port))
            {
                return peer;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        peer.Dispose();
        string said = await File.ReadAllTextAsync(Path.Combine(folder, $"{name}.err"));
        throw new InvalidOperationException($"{name} did not start. It said: {said.Trim()}");
    }

    /// <summary>A port of 127.0.0.1 that nobody has at the moment.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Processor time taken so far, by it and those that it started.</summary>
    public TimeSpan ProcessorTime() => TimeSpan.FromSeconds(Family().Sum(static id => TicksOf(id)) / (double)TicksPerSecond);

    /// <summary>Resident memory of it and those that it started, in bytes; what they share counts for each.</summary>
    public long ResidentBytes() => Family().Sum(static id => ResidentOf(id));

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            // A master must end those that it started; killed, it could not.
            using Process? end = Process.Start("/bin/kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            if (!_process.WaitForExit(StopPatience))
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    private static bool Listens(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private List<int> Family()
    {
        var found = new List<int> { _process.Id };
        for (int i = 0; i < found.Count; i++)
        {
            string tasks = string.Create(CultureInfo.InvariantCulture, $"/proc/{found[i]}/task");
            foreach (string task in Directory.Exists(tasks) ? Directory.GetDirectories(tasks) : [])
            {
                string[] children = Read(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
                found.AddRange(children.Select(static id => int.Parse(id, CultureInfo.InvariantCulture)));
            }
        }

        return found;
    }

    private static long TicksOf(int id)
    {
        string stat = Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > SystemTime
            ? long.Parse(fields[UserTime], CultureInfo.InvariantCulture) + long.Parse(fields[SystemTime], CultureInfo.InvariantCulture)
            : 0;
    }

    private static long ResidentOf(int id)
    {
        string status = Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/status"));
        string? line = status.Split('\n').FirstOrDefault(static one => one.StartsWith("VmRSS:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Empty when the process is gone.</summary>
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
