using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.LoadBalancing;
using Gateway.Core.Proxying;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Core.Routing;

namespace Gateway.Core;

/// <summary>
/// Everything that one configuration decides, in one readable column. Takes over from the configuration before what has not changed: services
/// with their circuits, health, limits and connections, rate-limit buckets, cached tokens. Owns what must be disposed, together with the others
/// that it shares it with.
/// </summary>
internal sealed class GatewayParts : IAsyncDisposable
{
    /// <summary>Routes that are searched for a suggestion: each costs a microsecond or two, and a 404 must stay cheap.</summary>
    private const int MostSuggested = 500;

    /// <param name="options">Checked here once more, if they are not those of the parts before: parts are never made of invalid options.</param>
    /// <param name="lasting">What lasts.</param>
    /// <param name="before">The parts of the configuration before, not yet disposed of; null for the first.</param>
    /// <exception cref="GatewayOptionsException">The options are not valid.</exception>
    public GatewayParts(GatewayOptions options, LastingParts lasting, GatewayParts? before = null)
    {
        if (options != before?.Options)
        {
            ThrowIfInvalid(options, lasting.Extensions);
        }

        (Options, Lasting) = (options, lasting);
        try
        {
            TimeProvider clock = lasting.Clock;
            Reception = new RequestReception(new ClientAddress(options.TrustedProxies), clock, isWithinApplication: !lasting.Extensions.StandsAlone);
            Services = ServicesOf(options, lasting, before);
            Routes = [.. options.Routes.OrderBy(static route => route.Key, StringComparer.Ordinal)
                .Select((route, index) => new Route(route.Key, index, route.Value, Services.First(service => service.Name == route.Value.Service),
                    before?.Routes.FirstOrDefault(earlier => earlier.Name == route.Key)))];
            Router = new Router(Routes);
            Suggestions = lasting.Extensions.SuggestsRoutes ? new NearRoutes(Routes, MostSuggested) : null;
            Splits = [.. Routes.Select(route => ServiceSplit.Of(route, Services))];
            StoreLink = options.RateLimitStore.Kind == RateLimitStoreKind.Memory ? null
                : before?.StoreLink is { } link && options.RateLimitStore == before.Options.RateLimitStore ? link.Share()
                : lasting.Connect(options.RateLimitStore);
            RouteLimits = RouteLimits.Build(
                options.RateLimits, options.DefaultRateLimits, options.RateLimitStore, Routes, clock, StoreLink, lasting.Extensions.RateLimitKeys, before?.RouteLimits);
            TokenValidator = !options.Auth.IsConfigured ? null
                : before?.TokenValidator is { } validator && options.Auth.JudgesAs(before.Options.Auth) ? validator.Share()
                : new TokenValidator(options.Auth, new HttpMessageInvoker(ServiceConnections.CreateHandler(options.Auth.Timeout, lasting.Hosts)), clock,
                    options.Auth.Shared.Redis is null ? null : revocations => lasting.Connect(options.Auth, revocations),
                    options.Auth.Mode == AuthMode.Custom ? lasting.Judging(options.Auth) : null);
            Selectors = ByIndex(service => before?.Kept(service) is { } kept ? before.Selectors[kept.Index] : new InstanceSelector(service, BalancerOf(service)));
            Connections = NewByIndex<ServiceConnections>();
            FillByIndex(Connections, service => before?.Find(service.Name) is { } earlier && ServiceConnections.AreSame(earlier.Options, service.Options)
                ? before.Connections[earlier.Index].Share()
                : new ServiceConnections(service.Options, hosts: lasting.Hosts));
            Checkers = ByIndex(service => before?.Kept(service) is { } kept
                ? before.Checkers[kept.Index]
                : new HealthChecker(service, lasting.HealthConnections, clock));
            StripSegments = [.. Routes.Select(static route => StripSegmentsOf(route.Options))];
            ResponseHeaders = new ResponseHeaders(ownsCors: options.Cors is not null);
            Mirrors = new Mirrors(Routes, MirrorOf, lasting.Metrics, clock);
        }
        catch
        {
            // Nobody gets these parts: what was shared with them, or made for them, is given up here.
            _ = GiveUpAsync(Mirrors, Connections, TokenValidator, StoreLink);
            throw;
        }
    }

    public GatewayOptions Options { get; }

    public LastingParts Lasting { get; }

    public RequestReception Reception { get; }

    /// <summary>In the order of their names.</summary>
    public BackendService[] Services { get; }

    public Route[] Routes { get; }

    public Router Router { get; }

    /// <summary>What a 404 names; null when it names nothing.</summary>
    public NearRoutes? Suggestions { get; }

    /// <summary>By the route's index; null for a route that asks one service alone.</summary>
    public ServiceSplit?[] Splits { get; }

    /// <summary>Null while rate limits are this process's alone.</summary>
    public StoreLink? StoreLink { get; }

    public RouteLimits RouteLimits { get; }

    public TokenValidator? TokenValidator { get; }

    /// <summary>By the service's index.</summary>
    public InstanceSelector[] Selectors { get; }

    /// <summary>By the service's index.</summary>
    public ServiceConnections[] Connections { get; }

    /// <summary>By the service's index.</summary>
    public HealthChecker[] Checkers { get; }

    /// <summary>Leading segments that a route's service does not see, by the route's index.</summary>
    public int[] StripSegments { get; }

    public ResponseHeaders ResponseHeaders { get; }

    public Mirrors Mirrors { get; }

    /// <summary>Names of services and routes, the labels of metrics.</summary>
    public IEnumerable<string> Names => [.. Options.Services.Keys, .. Options.Routes.Keys];

    /// <exception cref="GatewayOptionsException">The options are not valid.</exception>
    public static void ThrowIfInvalid(GatewayOptions options, GatewayExtensions extensions) =>
        GatewayOptionsException.ThrowIfAny(options.Validate(extensions));

    /// <summary>The configuration is in force: its checks begin, those that it has not taken over end, its host names are resolved, and
    /// it tells other gateways what the one before has not.</summary>
    public async Task BeginAsync(GatewayParts? before = null)
    {
        string?[] auth = [Options.Auth.UsesAuthService ? Options.Auth.ServiceUrl : null, Options.Auth.UsesJwt ? Options.Auth.Jwt.JwksUrl : null];
        Lasting.Hosts.Keep(Options.Dns,
        [
            .. Services.SelectMany(static service => service.Instances).Select(static instance => instance.Address),
            .. auth.OfType<string>().Concat(Options.Services.Values.Select(static service => service.Discovery.Url).OfType<string>())
                .Select(static url => new Uri(url)),
        ]);

        if (TokenValidator?.Shared is { } shared && before?.TokenValidator?.Shared is { } earlierShared && shared != earlierShared)
        {
            shared.TakeOver(earlierShared);
        }

        BackendService[] changed = [.. Services.Where(service => before?.Kept(service) is null)];
        foreach (BackendService service in changed)
        {
            if (before?.Find(service.Name) is { } earlier)
            {
                Checkers[service.Index].TakeOver(before.Checkers[earlier.Index]);
            }
        }

        // In this order: an instance's health has one checker at a time.
        foreach (BackendService service in before?.Services.Where(service => Kept(service) is null) ?? [])
        {
            await before!.Checkers[service.Index].DisposeAsync();
        }

        foreach (BackendService service in changed)
        {
            Checkers[service.Index].Start();
        }
    }

    /// <summary>Gives up its part in what must be disposed. The checks have ended, or are another's.</summary>
    public ValueTask DisposeAsync() => new(GiveUpAsync(Mirrors, Connections, TokenValidator, StoreLink));

    /// <summary>Each is null, or holds nulls, where it was not come to.</summary>
    private static async Task GiveUpAsync(Mirrors? mirrors, ServiceConnections?[]? connections, TokenValidator? validator, StoreLink? link)
    {
        if (mirrors is not null)
        {
            await mirrors.DisposeAsync();
        }

        foreach (ServiceConnections? one in connections ?? [])
        {
            one?.Dispose();
        }

        if (validator is not null)
        {
            await validator.DisposeAsync();
        }

        if (link is not null)
        {
            await link.DisposeAsync();
        }
    }

    private static BackendService[] ServicesOf(GatewayOptions options, LastingParts lasting, GatewayParts? before)
    {
        BackendService? Kept(string name, ServiceOptions service) => before?.Find(name) is { } kept && kept.Options.Says(service) ? kept : null;
        (string Name, ServiceOptions Options, BackendService? Kept)[] named =
        [
            .. options.Services.OrderBy(static service => service.Key, StringComparer.Ordinal)
                .Select(service => (service.Key, Options: lasting.Discovery.Found(service.Key, service.Value)))
                .Select(service => (service.Key, service.Options, Kept(service.Key, service.Options))),
        ];

        // One that is taken over keeps its index, since requests of the configuration before go by it still; the others get what is free.
        var free = new Queue<int>(Enumerable.Range(0, named.Length * 2).Except(named.Select(static one => one.Kept?.Index ?? -1)));
        return [.. named.Select(one => one.Kept
            ?? new BackendService(one.Name, free.Dequeue(), one.Options, lasting.Clock, lasting.Watcher, before?.Find(one.Name)))];
    }

    /// <summary>The application's own; null for that of the service's policy.</summary>
    private LoadBalancer? BalancerOf(BackendService service) =>
        service.Options.CustomLoadBalancing is { } name ? Lasting.Extensions.LoadBalancers[name](service.Options) : null;

    private MirrorTarget MirrorOf(string name, CancellationToken stop)
    {
        BackendService service = Services.First(service => service.Name == name);
        InstanceSelector selector = Selectors[service.Index];
        return new MirrorTarget(
            service,
            Connections[service.Index],
            () => selector.Select() is { Instance: { } instance } chosen ? (instance, chosen.Pass) : null,
            Lasting.AttemptTimers,
            stop);
    }

    /// <summary>Leading segments of a path that the route's service does not see.</summary>
    internal static int StripSegmentsOf(GatewayRouteOptions route) =>
        route.StripPrefix is { } prefix ? RoutePattern.Parse(route.Pattern, out _)!.SegmentsOf(prefix)!.Value : 0;

    private BackendService? Find(string name) => Array.Find(Services, service => service.Name == name);

    /// <summary>The service, if it is one of these.</summary>
    private BackendService? Kept(BackendService service) => Array.Find(Services, one => one == service);

    private T[] ByIndex<T>(Func<BackendService, T> make)
    {
        T[] all = NewByIndex<T>();
        FillByIndex(all, make);
        return all;
    }

    private T[] NewByIndex<T>() => new T[Services.Select(static service => service.Index + 1).DefaultIfEmpty(0).Max()];

    private void FillByIndex<T>(T[] all, Func<BackendService, T> make)
    {
        foreach (BackendService service in Services)
        {
            all[service.Index] = make(service);
        }
    }
}
