using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Reception;

namespace Gateway.Host.Auditing;

/// <summary>How services are asked.</summary>
internal static class ServiceAudit
{
    public static IEnumerable<Finding> Of(GatewayOptions gateway) =>
    [
        .. gateway.Services.SelectMany(static service => Service(service.Key, service.Value)),
        .. Retries(gateway),
        .. Drain(gateway),
        .. Sticky(gateway),
        .. Unused(gateway),
    ];

    private static IEnumerable<Finding> Service(string name, ServiceOptions service)
    {
        string key = ConfigurationAudit.Key(nameof(GatewayOptions.Services), name);
        if (service.HealthCheck is null)
        {
            yield return new Finding(FindingKind.NoHealthCheck, key,
                "the service has no HealthCheck, so an instance that is down is noticed only by the requests it fails");
        }

        for (int i = 0; i < service.Instances.Count; i++)
        {
            if (PublicAddress.IsUnencrypted(service.Instances[i].Url))
            {
                yield return Unencrypted($"{key}:{nameof(service.Instances)}:{i}:{nameof(InstanceOptions.Url)}", service.Instances[i].Url);
            }
        }

        if (service.Discovery.Url is { } url && PublicAddress.IsUnencrypted(url))
        {
            yield return Unencrypted($"{key}:{nameof(service.Discovery)}:{nameof(DiscoveryOptions.Url)}", url);
        }
    }

    /// <summary>By the timeouts that count: a route's own go before those of the services that it asks.</summary>
    private static IEnumerable<Finding> Retries(GatewayOptions gateway)
    {
        HashSet<string> retrying = [.. gateway.Services
            .Where(static service => (service.Value.IsDiscovered || service.Value.Instances.Count > 1) && service.Value.Retry.MaxAttempts > 1)
            .Select(static service => service.Key)];
        foreach (string name in gateway.Services.Keys.Where(retrying.Contains))
        {
            GatewayRouteOptions[] asking = [.. gateway.Routes.Values.Where(route => route.AskedServices.Contains(name))];
            if ((asking.Length == 0 || asking.Any(static route => !HasItsOwn(route)))
                && NoTimeToRetry(ConfigurationAudit.Key(nameof(GatewayOptions.Services), name), gateway.Services[name].Timeouts) is { } ofService)
            {
                yield return ofService;
            }
        }

        foreach ((string name, GatewayRouteOptions route) in gateway.Routes.Where(static route => HasItsOwn(route.Value)))
        {
            if (route.AskedServices.Where(retrying.Contains)
                .Select(service => NoTimeToRetry(ConfigurationAudit.Key(nameof(GatewayOptions.Routes), name), route.Timeouts!.Over(gateway.Services[service].Timeouts)))
                .FirstOrDefault(static finding => finding is not null) is { } ofRoute)
            {
                yield return ofRoute;
            }
        }
    }

    private static bool HasItsOwn(GatewayRouteOptions route) => route.Timeouts is { FirstByte: not null } or { Total: not null };

    private static Finding? NoTimeToRetry(string at, TimeoutOptions timeouts) => timeouts.FirstByte < timeouts.Total ? null
        : new Finding(FindingKind.NoTimeToRetry, $"{at}:{nameof(ServiceOptions.Timeouts)}",
            $"FirstByte ({timeouts.FirstByte:c}) is not shorter than Total ({timeouts.Total:c}), so when an instance is silent no time is left to try another");

    private static Finding Unencrypted(string key, string url) =>
        new(FindingKind.UnencryptedService, key, $"requests, and who sends them, go to '{url}' unencrypted, over a network that is not yours alone; use https");

    /// <summary>One finding, for the longest: the rest would say the same.</summary>
    private static IEnumerable<Finding> Drain(GatewayOptions gateway)
    {
        (string Name, TimeSpan Total)[] totals = [.. gateway.Routes.Select(route =>
            (route.Key, route.Value.Timeouts?.Total ?? route.Value.AskedServices.Max(service => gateway.Services[service].Timeouts.Total)))];
        if (totals.Length > 0 && totals.MaxBy(static one => one.Total) is var longest && longest.Total > gateway.Shutdown.DrainTimeout)
        {
            yield return new Finding(FindingKind.ShortDrain, ConfigurationAudit.Key(nameof(GatewayOptions.Shutdown), nameof(ShutdownOptions.DrainTimeout)),
                $"a request on the route '{longest.Name}' may take {longest.Total:c}, but the gateway leaves after {gateway.Shutdown.DrainTimeout:c}, so a restart may break it off");
        }
    }

    private static IEnumerable<Finding> Sticky(GatewayOptions gateway) => gateway.Routes
        .Where(route => route.Value.Split is { StickyBy: StickyBy.User } && LimitAudit.AsksNobody(gateway, route.Value))
        .Select(static route => new Finding(FindingKind.StickyWithoutUser,
            ConfigurationAudit.Key(nameof(GatewayOptions.Routes), route.Key, nameof(GatewayRouteOptions.Split), nameof(SplitOptions.StickyBy)),
            "the route asks nobody who the user is, so clients are told apart by their address"));

    private static IEnumerable<Finding> Unused(GatewayOptions gateway)
    {
        HashSet<string> used = [.. gateway.Routes.Values.SelectMany(static route => route.NamedServices)];
        return gateway.Services.Keys.Where(name => !used.Contains(name)).Select(static name =>
            new Finding(FindingKind.UnusedService, ConfigurationAudit.Key(nameof(GatewayOptions.Services), name), "no route sends anything to this service"));
    }
}
