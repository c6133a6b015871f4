using System.Threading.Channels;

namespace Gateway.Core.Backends;

/// <summary>
/// Has the instances of services followed by their sources, and says when other instances are to get requests. Outlives a snapshot of the
/// configuration: a service whose discovery has not changed keeps its feed, and with it what was found. Safe from any thread.
/// </summary>
/// <param name="sources">By the name that <see cref="DiscoveryOptions.Source"/> is.</param>
/// <param name="clock">For pauses and timeouts.</param>
/// <param name="told">Learns what happens to each feed; must neither block nor throw.</param>
internal sealed class ServiceDiscovery(
    IReadOnlyDictionary<string, InstanceSource> sources, TimeProvider clock, Action<InstanceFeed, FeedEvent> told) : IAsyncDisposable
{
    /// <summary>How long a change waits for others that come with it: a pod that is replaced makes two or more.</summary>
    internal static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Service, DiscoveryOptions Discovery), FollowedService> _followed = [];
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private Task _applying = Task.CompletedTask;
    private volatile bool _isStarting;

    /// <summary>Whether services of the first configuration are without their first answer, and have time left to get it.</summary>
    public bool IsStarting => _isStarting;

    /// <summary>A configuration is to be the first.</summary>
    /// <exception cref="ArgumentException">There is no source of a kind.</exception>
    public void Expect(IReadOnlyDictionary<string, ServiceOptions> services)
    {
        ThrowIfUnknown(services);
        _isStarting = services.Values.Any(static service => service.IsDiscovered);
    }

    /// <summary>Begins to follow the services. Once.</summary>
    /// <param name="services">Of the first configuration.</param>
    /// <param name="apply">Puts in force what <see cref="Found"/> now says. Called by one at a time, but for the first call; must not throw.</param>
    public void Start(IReadOnlyDictionary<string, ServiceOptions> services, Func<Task> apply)
    {
        using AsyncFlowControl? alone = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _applying = Task.WhenAll(Task.Run(() => BecomeReadyAsync(services, apply)), Task.Run(() => ApplyAgainAndAgainAsync(apply)));
    }

    /// <summary>Begins to follow those services that are not followed yet, and waits for their first answers, as long as each allows.</summary>
    /// <exception cref="ArgumentException">There is no source of a kind.</exception>
    public Task FollowAsync(IReadOnlyDictionary<string, ServiceOptions> services)
    {
        ThrowIfUnknown(services);
        lock (_gate)
        {
            return _stop.IsCancellationRequested ? Task.CompletedTask
                : Task.WhenAll([.. Keys(services).Select(key => WaitAsync(FollowLocked(key).Feed.Answered, key.Discovery.StartTimeout))]);
        }
    }

    /// <summary>Follows no others than these any more; returns when the others' sources have ended.</summary>
    public async Task KeepAsync(IReadOnlyDictionary<string, ServiceOptions> services)
    {
        FollowedService[] gone;
        lock (_gate)
        {
            (string, DiscoveryOptions)[] keys = [.. _followed.Keys.Except(Keys(services))];
            gone = [.. keys.Select(key => _followed[key])];
            foreach ((string, DiscoveryOptions) key in keys)
            {
                _followed.Remove(key);
            }
        }

        await EndAsync(gone);
    }

    /// <summary>The service with the instances that were found, or that it lists.</summary>
    public ServiceOptions Found(string service, ServiceOptions options) =>
        options.IsDiscovered ? options with { Instances = FeedOf(service, options)?.Instances ?? [] } : options;

    /// <summary>What is known of a service; null for one that is not followed.</summary>
    public InstanceFeed? FeedOf(string service, ServiceOptions options)
    {
        lock (_gate)
        {
            return _followed.GetValueOrDefault((service, options.Discovery))?.Feed;
        }
    }

    /// <summary>Ends the sources. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        await _applying;
        FollowedService[] all;
        lock (_gate)
        {
            all = [.. _followed.Values];
            _followed.Clear();
        }

        await EndAsync(all);
        _stop.Dispose();
    }

    private static IEnumerable<(string Service, DiscoveryOptions Discovery)> Keys(IReadOnlyDictionary<string, ServiceOptions> services) =>
        services.Where(static service => service.Value.IsDiscovered).Select(static service => (service.Key, service.Value.Discovery));

    private static Task EndAsync(IEnumerable<FollowedService> services) => Task.WhenAll(services.Select(static one => one.DisposeAsync().AsTask()));

    private FollowedService FollowLocked((string Service, DiscoveryOptions Discovery) key)
    {
        if (!_followed.TryGetValue(key, out FollowedService? followed))
        {
            _followed[key] = followed =
                new FollowedService(new InstanceFeed(key.Service, clock, Told), sources[key.Discovery.Source!], key.Discovery, clock);
        }

        return followed;
    }

    private void ThrowIfUnknown(IReadOnlyDictionary<string, ServiceOptions> services)
    {
        foreach ((string service, DiscoveryOptions discovery) in Keys(services))
        {
            if (!sources.ContainsKey(discovery.Source!))
            {
                throw new ArgumentException($"The service '{service}' is to be found by {discovery.Source}, of which there is no source.", nameof(services));
            }
        }
    }

    private void Told(InstanceFeed feed, FeedEvent happened)
    {
        told(feed, happened);
        if (happened == FeedEvent.Changed)
        {
            _changes.Writer.TryWrite(true);
        }
    }

    private async Task BecomeReadyAsync(IReadOnlyDictionary<string, ServiceOptions> services, Func<Task> apply)
    {
        if (_isStarting)
        {
            await FollowAsync(services);
            await apply();
        }

        _isStarting = false;
    }

    private async Task ApplyAgainAndAgainAsync(Func<Task> apply)
    {
        while (await IsChangedAsync() && await Pace.WaitAsync(Gathering, clock, _stop.Token))
        {
            _changes.Reader.TryRead(out _);
            await apply();
        }
    }

    private async Task<bool> IsChangedAsync()
    {
        try
        {
            return await _changes.Reader.WaitToReadAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task WaitAsync(Task answered, TimeSpan timeout) =>
        await Task.WhenAny(answered, Task.Delay(timeout, clock, _stop.Token));
}
