using Gateway.Host.Configuration;

namespace Gateway.Host.Serving;

/// <summary>
/// Puts a changed configuration in force while the gateway serves. Looks at the files at an interval, and loads them once they have looked the
/// same twice in a row, so that one that is being written is not read by half. A configuration with problems changes nothing and is reported:
/// in the log, on standard error as by <c>gateway check</c>, in the metrics and on the admin port.
/// </summary>
/// <param name="inputs">What the running configuration was loaded from.</param>
/// <param name="running">It.</param>
/// <param name="fingerprint">Its files', taken before it was loaded.</param>
/// <param name="apply">Puts it in force; throws when it cannot, and nothing has changed then.</param>
/// <param name="history">Learns what became of it.</param>
/// <param name="log">Gets the events.</param>
/// <param name="stderr">Gets the problems.</param>
/// <param name="clock">For the interval.</param>
internal sealed class ConfigurationReloader(
    ConfigurationInputs inputs,
    HostConfiguration running,
    string fingerprint,
    Func<HostConfiguration, Task> apply,
    ReloadHistory history,
    ILogger log,
    TextWriter stderr,
    TimeProvider clock) : IAsyncDisposable
{
    /// <summary>Looks after which files that never settle are loaded all the same.</summary>
    private const int MostUnsettled = 5;

    /// <summary>How long leaving waits for a file that does not let itself be read, as on a disk that is gone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _turn = new(1);
    private Task _watching = Task.CompletedTask;

    /// <summary>The files' fingerprint at the last look.</summary>
    private string? _seen;

    /// <summary>Looks in a row at which they differed from what is loaded.</summary>
    private int _unsettled;

    /// <summary>Begins to look at the files, unless the interval is zero. Once.</summary>
    public void Start()
    {
        if (running.ReloadInterval > TimeSpan.Zero)
        {
            _watching = WatchAsync();
        }
    }

    /// <summary>Loads the files now, changed or not. Never throws.</summary>
    /// <returns>What became of it; null when it was not tried, since the gateway ends.</returns>
    public Task<ReloadStatus?> ReloadAsync() => ReloadAsync(ConfigurationFingerprint.Of(inputs));

    private async Task<ReloadStatus?> ReloadAsync(string seen)
    {
        if (!await HasTurnAsync())
        {
            return null;
        }

        try
        {
            fingerprint = seen;
            if (ConfigurationLoader.PossibleFiles(inputs).FirstOrDefault(file => !FileKind.CanBeReadAgain(Path.Combine(inputs.Directory, file))) is { } pipe)
            {
                string problem = $"{pipe}: the file is a pipe or a device, which can be read but once";
                await stderr.WriteLineAsync(problem);
                return Refuse(pipe, [problem]);
            }

            LoadedConfiguration loaded = ConfigurationLoader.Load(inputs);
            ConfigurationReport.Write(loaded, stderr);
            if (loaded.Configuration is not { } next)
            {
                return Refuse(loaded.Name, [.. loaded.Problems.Select(static problem => problem.ToString())]);
            }

            await apply(next);
            history.Succeeded();
            ReloadLog.InForce(log, loaded.Name, history.Status.Generation);
            foreach (string key in RestartKeys.Changed(running, next))
            {
                ReloadLog.NeedsRestart(log, key);
            }

            return history.Status;
        }
        catch (Exception failure)
        {
            // The files are right, and still it failed: whatever that was, the gateway goes on as before.
            return Refuse(string.Join(", ", inputs.Files), [failure.Message]);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits for a reload that is under way, but not for long. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        await Task.WhenAny(_watching, Task.Delay(Patience, clock));
        if (await _turn.WaitAsync(Patience))
        {
            _stop.Dispose();
            _turn.Dispose();
        }
    }

    /// <summary>Looks at the files, as at every interval.</summary>
    internal async Task LookAsync()
    {
        string now = ConfigurationFingerprint.Of(inputs);
        _unsettled = now == fingerprint ? 0 : _unsettled + 1;
        if (now != fingerprint && (now == _seen || _unsettled >= MostUnsettled))
        {
            await ReloadAsync(now);
        }

        _seen = now;
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(running.ReloadInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await LookAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // It is being disposed.
        }
    }

    /// <summary>False when it is being disposed.</summary>
    private async Task<bool> HasTurnAsync()
    {
        try
        {
            await _turn.WaitAsync(_stop.Token);
            return true;
        }
        catch (Exception gone) when (gone is OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    private ReloadStatus Refuse(string name, IReadOnlyList<string> problems)
    {
        history.Failed(problems);
        foreach (string problem in problems)
        {
            ReloadLog.Refused(log, name, history.Status.Generation, problem);
        }

        return history.Status;
    }
}
