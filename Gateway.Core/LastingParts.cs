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
    private readonly Func<RateLimitStoreOptions, SharedBucketStore>? _stores;
    private readonly Func<SharedTokenOptions, SharedTokenStore>? _tokenStores;

    /// <param name="dns">How host names are resolved, at first.</param>
    /// <param name="loggers">For events of the gateway itself.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="stores">Makes the connection to a store of rate limits that is not this process's; null when there is none.</param>
    /// <param name="tokenStores">Makes the connection to the store that gateways share tokens by; null when there is none.</param>
    public LastingParts(DnsOptions dns, ILoggerFactory loggers, TimeProvider clock, Func<RateLimitStoreOptions, SharedBucketStore>? stores = null,
        Func<SharedTokenOptions, SharedTokenStore>? tokenStores = null)
    {
        (Loggers, Clock, Log, _stores, _tokenStores) = (loggers, clock, loggers.CreateLogger("Gateway"), stores, tokenStores);
        AttemptTimers = new AttemptTimers(clock);
        Hosts = new HostResolver(dns, HostResolver.AskSystemAsync, clock, LogHost);
        HealthConnections = HealthChecker.CreateInvoker(Hosts);
        Watcher = PipelineLog.Watcher(Log);
        PartsMetrics.Register(this);
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

    public HttpMessageInvoker HealthConnections { get; }

    public InstanceWatcher Watcher { get; }

    public GatewayMetrics Metrics { get; } = new();

    /// <summary>The parts of the configuration in force; null before there is one. For those who show them.</summary>
    public GatewayParts? Current { get; set; }

    /// <summary>The way to a store of rate limits.</summary>
    /// <exception cref="ArgumentException">There is none of this kind.</exception>
    public StoreLink Connect(RateLimitStoreOptions options)
    {
        SharedBucketStore store = _stores?.Invoke(options)
            ?? throw new ArgumentException($"The pipeline was made without a rate-limit store of the kind {options.Kind}.", nameof(options));
        return new StoreLink(store, options.OnStoreFailure, Clock, LogStore);
    }

    /// <summary>The way to what gateways know of tokens.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public SharedTokens Connect(AuthOptions options, Revocations revocations)
    {
        SharedTokenStore store = _tokenStores?.Invoke(options.Shared)
            ?? throw new ArgumentException("The pipeline was made without a store of tokens.", nameof(options));
        return new SharedTokens(store, options, revocations, Clock, LogTokenStore);
    }

    /// <summary>Begins to adapt <see cref="OverloadLimit"/>. Once.</summary>
    public void StartMeasuring() => _delay.Start(
        delay => OverloadLimit.Waited(delay, Current?.Options.Overload.TargetDelay, Places.Taken),
        failure => PipelineLog.DelayUnknown(Log, failure.Message),
        Clock);

    public async ValueTask DisposeAsync()
    {
        await _delay.DisposeAsync();
        AttemptTimers.Dispose();
        HealthConnections.Dispose();
        await Hosts.DisposeAsync();
        Metrics.Dispose();
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
