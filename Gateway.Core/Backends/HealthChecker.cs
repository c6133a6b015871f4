namespace Gateway.Core.Backends;

/// <summary>
/// Asks every instance of a service, each at its own pace, whether it is well, and tells the service.
/// </summary>
/// <param name="service">One without <see cref="ServiceOptions.HealthCheck"/> is left alone.</param>
/// <param name="invoker">Sends the checks; not disposed here. <see cref="CreateInvoker"/> makes the usual one.</param>
/// <param name="clock">For intervals and timeouts.</param>
internal sealed class HealthChecker(
    BackendService service,
    HttpMessageInvoker invoker,
    TimeProvider clock) : IAsyncDisposable
{
    public const string UserAgent = "gateway-health";

    private readonly List<InstanceChecks> _checks = [];

    private HealthCheckOptions? Options => service.Options.HealthCheck;

    private bool IsHttp2 => service.Options.Http2;

    /// <summary>Follows no redirect, keeps no cookie, uses no proxy, and reads at most 64 KB of a body that nobody wants before it
    /// gives the connection up.</summary>
    /// <param name="hosts">Knows the addresses of instances that have a name.</param>
    public static HttpMessageInvoker CreateInvoker(HostResolver hosts) => new(new SocketsHttpHandler
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
    public void TakeOver(HealthChecker before)
    {
        if (Options is null || Options != before.Options || service.Options.Http2 != before.IsHttp2)
        {
            return;
        }

        foreach (ServiceInstance instance in service.Instances)
        {
            int at = before._checks.FindIndex(checks => checks.Instance.Health == instance.Health && checks.Instance.Authority == instance.Authority);
            if (at >= 0)
            {
                before._checks[at].GoOn(service, instance);
                _checks.Add(before._checks[at]);
                before._checks.RemoveAt(at);
            }
        }
    }

    /// <summary>Starts checking; to be called once.</summary>
    public void Start()
    {
        if (Options is { } options)
        {
            _checks.AddRange([.. service.Instances.ExceptBy(_checks.Select(static checks => checks.Instance), static instance => instance)
                .Select(instance => new InstanceChecks(service, instance, options, invoker, clock))]);
        }
    }

    /// <summary>Breaks checks under way off and returns when none is left.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_checks.Select(static checks => checks.DisposeAsync().AsTask()));
}
