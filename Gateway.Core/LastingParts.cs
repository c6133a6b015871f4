using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Proxying;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Core.Resilience;
using Gateway.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Core;

/// <summary>What a pipeline keeps while its configurations change. Owns what must be disposed.</summary>
internal sealed class LastingParts : IAsyncDisposable
{
    private readonly OwnDelay _delay = new();

    /// <param name="dns">How host names are resolved, at first.</param>
    /// <param name="loggers">For events of the gateway itself.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="extensions">What an application adds.</param>
    public LastingParts(DnsOptions dns, ILoggerFactory loggers, TimeProvider clock, GatewayExtensions extensions)
    {
        (Loggers, Clock, Log, Extensions) = (loggers, clock, loggers.CreateLogger("Gateway"), extensions);
        AttemptTimers = new AttemptTimers(clock);
        Hosts = new HostResolver(dns, HostResolver.AskSystemAsync, clock, LogHost);
        Discovery = new ServiceDiscovery(SourcesWith(extensions.InstanceSources), clock, LogDiscovery);
        HealthConnections = HealthChecker.CreateInvoker(Hosts);
        Watcher = PipelineLog.Watcher(Log) + Telling(extensions.InstanceChanged);
        Instances = new InstanceMetrics(Metrics);
    }

    public ILoggerFactory Loggers { get; }

    public ILogger Log { get; }

    public TimeProvider Clock { get; }

    public InFlightRequests Requests { get; } = new();

    public Places Places { get; } = new();

    public OverloadLimit OverloadLimit { get; } = new();

    /// <summary>Fires when what has been upgraded is to end: WebSockets say goodbye.</summary>
    public CancellationTokenSource UpgradesEnd { get; } = new();

    public AttemptTimers AttemptTimers { get; }

    public HostResolver Hosts { get; }

    public ServiceDiscovery Discovery { get; }

    public HttpMessageInvoker HealthConnections { get; }

    public InstanceWatcher Watcher { get; }

    public GatewayMetrics Metrics { get; } = new();

    /// <summary>What the application adds.</summary>
    public GatewayExtensions Extensions { get; }

    public GatewayTraces Traces { get; } = new();

    private InstanceMetrics Instances { get; }

    /// <summary>The parts of the configuration in force; null before there is one. For those who show them.</summary>
    public GatewayParts? Current { get; private set; }

    /// <summary>These parts are in force. By one at a time.</summary>
    public void PutInForce(GatewayParts parts)
    {
        Current = parts;
        foreach (BackendService service in parts.Services)
        {
            service.PutInForce();
        }

        Instances.Show(parts.Services);
    }

    /// <summary>The way to a store of rate limits.</summary>
    /// <exception cref="ArgumentException">There is none of this kind.</exception>
    public StoreLink Connect(RateLimitStoreOptions options)
    {
        SharedBucketStore store = Extensions.RateLimitStore?.Invoke(options)
            ?? throw new ArgumentException($"The pipeline was made without a rate-limit store of the kind {options.Kind}.", nameof(options));
        return new StoreLink(store, options.OnStoreFailure, Clock, LogStore);
    }

    /// <summary>The way to what gateways know of tokens.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public SharedTokens Connect(AuthOptions options, Revocations revocations)
    {
        SharedTokenStore store = Extensions.TokenStore?.Invoke(options.Shared)
            ?? throw new ArgumentException("The pipeline was made without a store of tokens.", nameof(options));
        return new SharedTokens(
            store, options, revocations, Clock, LogTokenStore, untold => PipelineLog.RevocationsUntold(Log, untold));
    }

    /// <summary>Begins to adapt <see cref="OverloadLimit"/>. Once.</summary>
    public void StartMeasuring() => _delay.Start(
        () => Places.Taken > 0,
        delay => OverloadLimit.Waited(delay, Current?.Options.Overload.TargetDelay, Places.Taken),
        failure =>
        {
            OverloadLimit.GiveUp();
            PipelineLog.DelayUnknown(Log, failure.Message);
        },
        Clock);

    public async ValueTask DisposeAsync()
    {
        await _delay.DisposeAsync();
        await Discovery.DisposeAsync();
        AttemptTimers.Dispose();
        HealthConnections.Dispose();
        await Hosts.DisposeAsync();
        Instances.Dispose();
        Metrics.Dispose();
        Traces.Dispose();
        UpgradesEnd.Dispose();
    }

    private void LogStore(Exception? failure)
    {
        if (failure is not null)
        {
            PipelineLog.StoreAway(Log, failure.Message);
        }
        else
        {
            PipelineLog.StoreBack(Log);
        }
    }

    /// <summary>The application's own judgement of tokens.</summary>
    public CustomTokenCheck Judging(AuthOptions options) =>
        new(Extensions.TokenCheck!, options, Clock, failure => PipelineLog.TokenCheckFailed(Log, failure));

    /// <summary>The application's ear; null when it has none.</summary>
    private InstanceWatcher? Telling(Action<InstanceChange>? told) => told is null ? null : (service, instance, happened, why) =>
    {
        try
        {
            told(new InstanceChange(service.Name, instance.Name, happened, why));
        }
        catch (Exception failure)
        {
            PipelineLog.ListenerFailed(Log, nameof(GatewayExtensions.InstanceChanged), failure);
        }
    };

    private Dictionary<string, InstanceSource> SourcesWith(IReadOnlyDictionary<string, InstanceSource> others)
    {
        var all = new Dictionary<string, InstanceSource>(StringComparer.Ordinal) { [nameof(DiscoveryKind.Dns)] = new DnsSource(Hosts).FollowAsync };
        foreach ((string name, InstanceSource source) in others)
        {
            all[name] = source;
        }

        return all;
    }

    private void LogDiscovery(InstanceFeed feed, FeedEvent happened)
    {
        switch (happened)
        {
            case FeedEvent.Changed:
                PipelineLog.InstancesChanged(Log, feed.Service, feed.Instances.Count);
                break;
            case FeedEvent.Lost:
                PipelineLog.DiscoveryLost(Log, feed.Service, feed.Failure, feed.Instances.Count);
                break;
            case FeedEvent.Found:
                PipelineLog.DiscoveryFound(Log, feed.Service);
                break;
        }
    }

    private void LogTokenStore(Exception? failure)
    {
        if (failure is not null)
        {
            PipelineLog.TokenStoreAway(Log, failure.Message);
        }
        else
        {
            PipelineLog.TokenStoreBack(Log);
        }
    }

    private void LogHost(HostAddresses host)
    {
        if (host.Failure is { } failure)
        {
            PipelineLog.NameUnresolved(Log, host.Name, failure, host.Addresses.Count);
        }
        else
        {
            PipelineLog.NameResolved(Log, host.Name, host.Addresses.Count);
        }
    }
}
