using System.Globalization;

namespace Gateway.Benchmarks.Peers;

/// <summary><c>peers</c>: the gateway and its peers in turn over one service, with one load, in one run; only ratios within it mean much.</summary>
internal static class PeersVerb
{
    public const string Usage = "peers [--peers NAME,...] [--yarp FOLDER]... [--gateway PROGRAM] [--connections 64] [--seconds 5] [--rounds 5] [--output FOLDER]:"
        + " beside nginx, HAProxy and YARP, whichever are there";

    /// <summary>Driven so long before the rounds, for code to compile and pools to fill.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    /// <returns>0 when all answered as they should, 1 when not, 2 when the arguments are not understood, 3 when nothing could be measured.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (PeersOptions.Parse(arguments, Usage) is not { } options)
        {
            return 2;
        }

        if (!OperatingSystem.IsLinux())
        {
            await Console.Error.WriteLineAsync("Costs are read from /proc: peers runs on Linux only.");
            return 3;
        }

        try
        {
            return await CompareAsync(options);
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException)
        {
            await Console.Error.WriteLineAsync($"Could not measure: {failure.Message}");
            return 3;
        }
    }

    private static async Task<int> CompareAsync(PeersOptions options)
    {
        var about = Results.In(options.Output);
        var load = new PeerLoad(options.Connections, PeerToken.Create(about.Time), PeerCast.Program("wrk"));
        using PeerCast cast = await PeerCast.StartAsync(options);
        Console.WriteLine($"{cast.Peers.Count} peers, {options.Rounds} rounds of {options.Duration.TotalSeconds} s each, load by {load.Client}");
        foreach (PeerProcess peer in cast.Peers)
        {
            await load.DriveAsync(peer.Port, WarmUp);
        }

        var rounds = new List<PeerRound>();
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (PeerProcess peer in cast.Peers)
            {
                PeerRound one = await MeasureAsync(peer, load, options.Duration);
                rounds.Add(one);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{round}  {one.Name,-14} {one.Microseconds,7:N1} µs CPU/request  {one.PerSecond,8:N0}/s  p50 {one.P50:N2}  p99 {one.P99:N2} ms  {one.Megabytes:N0} MB  {one.Problem}"));
            }
        }

        string table = PeersTable.Markdown(rounds);
        string path = about.NewPath("peers", ".md");
        await File.WriteAllTextAsync(path, Page(table, about, options, load));
        Console.WriteLine($"\nMedians:\n\n{table}\nwritten to {path}");
        return rounds.Any(static one => one.Problem.Length > 0) ? 1 : 0;
    }

    private static async Task<PeerRound> MeasureAsync(PeerProcess peer, PeerLoad load, TimeSpan duration)
    {
        TimeSpan before = peer.ProcessorTime();
        PeerDrive drive = await load.DriveAsync(peer.Port, duration);
        TimeSpan taken = peer.ProcessorTime() - before;
        return new PeerRound(peer.Name, taken.TotalMicroseconds / Math.Max(1, drive.Requests), drive.Requests / drive.Seconds,
            drive.P50, drive.P99, peer.ResidentBytes() / 1e6, drive.Problem);
    }

    private static string Page(string table, Results about, PeersOptions options, PeerLoad load) => $"""
        # Beside its peers

        Commit {Results.Commit}, {about.Date}, {Results.Machine}. {options.Connections} keep-alive connections, medians of {options.Rounds} rounds
        of {options.Duration.TotalSeconds} s, load by {load.Client}. Names without `-full` only forward; `-full` and the gateway also check the token, limit,
        set a correlation id and write a JSON line for each request. Only ratios within one run carry over to other machines.

        {table}
        """;
}
