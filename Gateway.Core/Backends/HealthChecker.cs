using Gateway.Core.Errors;

namespace Gateway.Core.Backends;

/// <summary>
/// Asks every instance of a service, each at its own pace, whether it is well, and tells the service. Safe from any thread.
/// </summary>
public sealed class HealthChecker : IAsyncDisposable
{
    internal const string UserAgent = "gateway-health";

    private readonly BackendService _service;
    private readonly HttpMessageInvoker _invoker;
    private readonly TimeProvider _clock;
    private readonly HostResolver? _ownHosts;
    private readonly List<InstanceChecks> _checks = [];
    private bool _isDisposed;

    /// <summary>A checker by itself.</summary>
    /// <param name="service">A name, for <paramref name="changed"/>.</param>
    /// <param name="options">Instances, and how they are checked: <see cref="ServiceOptions.HealthCheck"/> must be there.</param>
    /// <param name="changed">Hears when an instance is given up or believed in again; must not block; what it throws is lost, so that the
    /// checks go on. Null for nobody.</param>
    /// <param name="clock">For intervals and timeouts; null for the system's.</param>
    /// <exception cref="GatewayOptionsException">The options are not valid, or there are no checks in them.</exception>
    public HealthChecker(string service, ServiceOptions options, Action<InstanceChange>? changed = null, TimeProvider? clock = null)
    {
        var errors = new OptionErrors();
        options.Validate(service, errors);
        if (options.HealthCheck is null)
        {
            errors.Add($"{service}:{nameof(ServiceOptions.HealthCheck)}", "is missing: it says how the instances are checked");
        }

        errors.ThrowIfAny();
        _clock = clock ?? TimeProvider.System;
        _service = new BackendService(service, 0, options, _clock, (_, instance, happened, why) => Tell(changed, new InstanceChange(service, instance.Name, happened, why)));
        _ownHosts = new HostResolver(new DnsOptions(), HostResolver.AskSystemAsync, _clock, static _ => { });
        _invoker = CreateInvoker(_ownHosts);
    }

    /// <param name="service">One without <see cref="ServiceOptions.HealthCheck"/> is left alone.</param>
    /// <param name="invoker">Sends the checks; not disposed here. <see cref="CreateInvoker"/> makes the usual one.</param>
    /// <param name="clock">For intervals and timeouts.</param>
    internal HealthChecker(BackendService service, HttpMessageInvoker invoker, TimeProvider clock) =>
        (_service, _invoker, _clock) = (service, invoker, clock);

    /// <summary>The instances, in the order of the options.</summary>
    public IReadOnlyList<ServiceInstance> Instances => _service.Instances;

    private HealthCheckOptions? Options => _service.Options.HealthCheck;

    private bool IsHttp2 => _service.Options.Http2;

    /// <summary>Follows no redirect, keeps no cookie, uses no proxy, and reads at most 64 KB of a body that nobody wants before it
    /// gives the connection up.</summary>
    /// <param name="hosts">Knows the addresses of instances that have a name.</param>
    internal static HttpMessageInvoker CreateInvoker(HostResolver hosts) => new(new SocketsHttpHandler
    {
        ConnectCallback = new HostConnector(hosts, Timeout.InfiniteTimeSpan).ConnectAsync,
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        MaxResponseDrainSize = 64 * 1024,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
    });

    /// <summary>The checks of instances that this one's service has too, by the same rules, go on here; those left are to be ended before
    /// <see cref="Start"/>, so that an instance's health has one checker at a time.</summary>
    /// <param name="before">That of the configuration before. Loses the checks.</param>
    internal void TakeOver(HealthChecker before)
    {
        if (Options is null || Options != before.Options || _service.Options.Http2 != before.IsHttp2)
        {
            return;
        }

        foreach (ServiceInstance instance in _service.Instances)
        {
            int at = before._checks.FindIndex(checks => checks.Instance.Health == instance.Health && checks.Instance.Authority == instance.Authority);
            if (at >= 0)
            {
                before._checks[at].GoOn(_service, instance);
                _checks.Add(before._checks[at]);
                before._checks.RemoveAt(at);
            }
        }
    }

    /// <summary>Starts checking; to be called once.</summary>
    public void Start()
    {
        _ownHosts?.Keep(new DnsOptions(), _service.Instances.Select(static instance => instance.Address));
        if (Options is { } options)
        {
            _checks.AddRange([.. _service.Instances.ExceptBy(_checks.Select(static checks => checks.Instance), static instance => instance)
                .Select(instance => new InstanceChecks(_service, instance, options, _invoker, _clock))]);
        }
    }

    private static void Tell(Action<InstanceChange>? changed, InstanceChange change)
    {
        try
        {
            changed?.Invoke(change);
        }
        catch (Exception)
        {
            // The caller's; nobody else wants to know, and the instances are to be asked on.
        }
    }

    /// <summary>Breaks checks under way off and returns when none is left. A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await Task.WhenAll(_checks.Select(static checks => checks.DisposeAsync().AsTask()));
        if (_ownHosts is not null)
        {
            _invoker.Dispose();
            await _ownHosts.DisposeAsync();
        }
    }
}
