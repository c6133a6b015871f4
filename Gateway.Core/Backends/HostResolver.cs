using System.Globalization;
using System.Net;

namespace Gateway.Core.Backends;

/// <summary>
/// Keeps the addresses of host names fresh in the background, each name at its own pace, so that connecting finds them ready. Outlives a
/// snapshot of the configuration: a name is added by its first use, and forgotten when it is neither kept nor used any more. Names come
/// from the configuration alone, which bounds their number. Safe from any thread.
/// </summary>
/// <param name="options">Of the first snapshot; <see cref="Keep"/> brings those of the next.</param>
/// <param name="resolve">Makes one look-up; may throw anything. <see cref="AskSystemAsync"/> is the usual one.</param>
/// <param name="clock">For intervals and timeouts.</param>
/// <param name="changed">Told when the look-ups of a name begin to fail, and when they no longer do. May be called from several threads, for
/// one name never at once; what it throws is lost.</param>
internal sealed class HostResolver(
    DnsOptions options,
    Func<string, CancellationToken, Task<IPAddress[]>> resolve,
    TimeProvider clock,
    Action<HostAddresses> changed) : IAsyncDisposable
{
    /// <summary>Look-ups at once; more wait. Count: each holds a thread, for as long as the system likes.</summary>
    internal const int MaxLookUps = 16;

    /// <summary>Refresh intervals without a use after which a name that is not kept is forgotten. Count.</summary>
    internal const int ForgottenAfter = 10;

    /// <summary>Pause after a failed look-up while there is no address at all.</summary>
    internal static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Host> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _turns = new(MaxLookUps);
    private readonly CancellationTokenSource _stop = new();
    private volatile DnsOptions _options = options;
    private HashSet<string> _kept = [];

    public TimeProvider Clock => clock;

    /// <summary>The names that are being resolved.</summary>
    public IReadOnlyList<HostAddresses> Known
    {
        get
        {
            lock (_gate)
            {
                return [.. _hosts.Values.Select(static host => host.Addresses)];
            }
        }
    }

    /// <summary>Asks the operating system, on a thread of its own: it blocks, and a few look-ups that hang would else hold up requests.</summary>
    public static Task<IPAddress[]> AskSystemAsync(string name, CancellationToken cancellationToken) => Task.Factory.StartNew(
        static name => Dns.GetHostAddresses((string)name!), name, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The name to be resolved before this can be connected to; null for an IP address.</summary>
    public static string? NameOf(Uri address) => address.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6 ? null : address.IdnHost;

    /// <summary>Begins with a snapshot of the configuration: its names are resolved from now on, used or not.</summary>
    public void Keep(DnsOptions options, IEnumerable<Uri> addresses)
    {
        HashSet<string> kept = new(addresses.Select(NameOf).OfType<string>(), StringComparer.OrdinalIgnoreCase);
        _options = options;
        lock (_gate)
        {
            _kept = kept;
            foreach (string name in kept)
            {
                _ = OfLocked(name);
            }
        }
    }

    /// <summary>What is known of a name. From now on it is resolved, if it was not before.</summary>
    public HostAddresses Of(string name)
    {
        lock (_gate)
        {
            return OfLocked(name);
        }
    }

    /// <summary>Ends the look-ups. One that hangs is left to itself.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] loops;
        lock (_gate)
        {
            loops = [.. _hosts.Values.Select(static host => host.Loop)];
        }

        await Task.WhenAll(loops);
        _turns.Dispose();
        _stop.Dispose();
    }

    private HostAddresses OfLocked(string name)
    {
        if (!_hosts.TryGetValue(name, out Host? host))
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            var addresses = new HostAddresses(name);
            using AsyncFlowControl? alone = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
            CancellationToken stop = _stop.Token;
            _hosts[name] = host = new Host(addresses, Task.Run(() => LookUpAgainAndAgainAsync(addresses, stop), CancellationToken.None));
        }

        host.UsedAt = clock.GetTimestamp();
        return host.Addresses;
    }

    private async Task LookUpAgainAndAgainAsync(HostAddresses host, CancellationToken stop)
    {
        Task<IPAddress[]>? lookUp = null;
        TimeSpan wait;
        do
        {
            // One that went over its time may answer yet; another beside it would only hold one more thread.
            lookUp ??= LookUpInTurnAsync(host.Name, stop);
            bool isChanged = await RecordAsync(host, lookUp, stop);
            if (stop.IsCancellationRequested)
            {
                return;
            }

            if (isChanged)
            {
                Tell(host);
            }

            lookUp = lookUp.IsCompleted ? null : lookUp;
            TimeSpan interval = host.Addresses.Count > 0 ? _options.RefreshInterval : RetryInterval;
            wait = Pace.Around(interval);
        }
        while (await Pace.WaitAsync(wait, clock, stop) && !Forget(host));
    }

    private async Task<IPAddress[]> LookUpInTurnAsync(string name, CancellationToken stop)
    {
        await _turns.WaitAsync(stop);
        try
        {
            return await resolve(name, stop);
        }
        finally
        {
            if (!stop.IsCancellationRequested)
            {
                _turns.Release();
            }
        }
    }

    /// <summary>Takes in what a look-up brings within its time. True when it failed and the one before did not, or the other way round.</summary>
    private async Task<bool> RecordAsync(HostAddresses host, Task<IPAddress[]> lookUp, CancellationToken stop)
    {
        TimeSpan timeout = _options.Timeout;
        try
        {
            IPAddress[] answer = await lookUp.WaitAsync(timeout, clock, stop);
            return answer.Length > 0 ? host.Take(answer) : host.Miss("no address");
        }
        catch (TimeoutException) when (!lookUp.IsCompleted)
        {
            return host.Miss(string.Create(CultureInfo.InvariantCulture, $"no answer within {timeout.TotalSeconds:0.###} s"));
        }
        catch (Exception failure)
        {
            // The resolver is foreign; whatever went wrong, there is no new answer. Whoever waits for the first is released at a stop, too.
            return host.Miss(failure.Message);
        }
    }

    /// <summary>True when nobody needs the name any more; its next use begins anew.</summary>
    private bool Forget(HostAddresses addresses)
    {
        lock (_gate)
        {
            return !_kept.Contains(addresses.Name)
                && clock.GetElapsedTime(_hosts[addresses.Name].UsedAt) >= ForgottenAfter * _options.RefreshInterval
                && _hosts.Remove(addresses.Name);
        }
    }

    private void Tell(HostAddresses host)
    {
        try
        {
            changed(host);
        }
        catch (Exception)
        {
            // A listener's mistake must not end the look-ups.
        }
    }

    private sealed class Host(HostAddresses addresses, Task loop)
    {
        public HostAddresses Addresses => addresses;

        public Task Loop => loop;

        /// <summary>Of the clock; under the resolver's lock.</summary>
        public long UsedAt { get; set; }
    }
}
