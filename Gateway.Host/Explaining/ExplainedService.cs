using System.Globalization;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Configuration;
using Gateway.Core.Context;
using Gateway.Core.Resilience;
using Microsoft.Extensions.Primitives;
using Route = Gateway.Core.Context.Route;

namespace Gateway.Host.Explaining;

/// <summary>Which service gets a request, and how it is asked.</summary>
/// <param name="options">Of the configuration.</param>
/// <param name="writer">Knows the origins.</param>
internal sealed class ExplainedService(GatewayOptions options, SettingsWriter writer)
{
    private const string Gateway = SettingsBinder.GatewayKey;

    /// <summary>Instances that are listed by name.</summary>
    private const int MostInstances = 5;

    /// <param name="context">A request that is sent on.</param>
    public IEnumerable<ExplainedSetting> Of(GatewayContext context)
    {
        Route route = context.Route!;
        string at = $"{Gateway}:{nameof(GatewayOptions.Routes)}:{route.Name}";

        // The one that the request chooses for itself, or all that have a share.
        IEnumerable<string> services = route.Options.Split is { } split && WishOf(split, context) is { } wish ? [wish] : route.Options.AskedServices;
        return
        [
            .. Choice(route.Options, at, context),
            writer.Of("service", "strip prefix", $"{at}:{nameof(GatewayRouteOptions.StripPrefix)}"),
            .. route.Options.Mirror is null ? [] : Copies($"{at}:{nameof(GatewayRouteOptions.Mirror)}"),
            .. services.SelectMany(service => Treatment(service, route.Options, at)),
        ];
    }

    /// <summary>What the request's header chose: routing has gone by it already.</summary>
    private static string? WishOf(SplitOptions split, GatewayContext context) =>
        split.OverrideHeader is { } header && context.Http.Request.Headers.TryGetValue(header, out StringValues values)
            && values.Count == 1 && values[0] == context.Service?.Name
                ? values[0]
                : null;

    private IEnumerable<ExplainedSetting> Choice(GatewayRouteOptions route, string at, GatewayContext context)
    {
        const string Topic = "service";
        yield return writer.Of(Topic, "name", $"{at}:{nameof(GatewayRouteOptions.Service)}");
        if (route.Split is not { } split)
        {
            yield break;
        }

        string splitAt = $"{at}:{nameof(GatewayRouteOptions.Split)}";
        int all = split.Services.Values.Sum();
        foreach ((string name, int share) in split.Services)
        {
            yield return writer.Shown(Topic, $"share of {name}", $"{splitAt}:{nameof(split.Services)}:{name}",
                string.Create(CultureInfo.InvariantCulture, $"{share} of {all} ({100.0 * share / all:0.##} %)"));
        }

        yield return writer.Of(Topic, "sticky by", $"{splitAt}:{nameof(split.StickyBy)}");
        if (split.StickyBy == StickyBy.Header)
        {
            yield return writer.Of(Topic, "sticky header", $"{splitAt}:{nameof(split.Header)}");
        }

        yield return writer.Of(Topic, "override header", $"{splitAt}:{nameof(split.OverrideHeader)}");
        if (WishOf(split, context) is { } wish)
        {
            yield return writer.Shown(Topic, "chosen by it", $"{splitAt}:{nameof(split.OverrideHeader)}", wish);
        }
    }

    private IEnumerable<ExplainedSetting> Copies(string at)
    {
        yield return writer.Of("service", "copies to", $"{at}:{nameof(MirrorOptions.Service)}");
        yield return writer.Of("service", "copies, percent", $"{at}:{nameof(MirrorOptions.Percent)}");
    }

    private IEnumerable<ExplainedSetting> Treatment(string name, GatewayRouteOptions route, string routeAt)
    {
        ServiceOptions service = options.Services[name];
        string at = $"{Gateway}:{nameof(GatewayOptions.Services)}:{name}";
        string topic = $"service {name}";
        yield return Instances(topic, at, service);
        yield return writer.Of(topic, "load balancing", $"{at}:{nameof(service.LoadBalancing)}");
        yield return writer.Of(topic, "timeout, connect", $"{at}:{nameof(service.Timeouts)}:{nameof(TimeoutOptions.Connect)}");
        (string Name, string Key, bool IsRoutes)[] timeouts =
        [
            ("timeout, first byte", nameof(TimeoutOptions.FirstByte), route.Timeouts?.FirstByte is not null),
            ("timeout, idle", nameof(TimeoutOptions.Idle), route.Timeouts?.Idle is not null),
            ("timeout, total", nameof(TimeoutOptions.Total), route.Timeouts?.Total is not null),
        ];
        foreach ((string label, string key, bool isRoutes) in timeouts)
        {
            yield return writer.Of(topic, label, $"{(isRoutes ? routeAt : at)}:{nameof(service.Timeouts)}:{key}");
        }

        yield return writer.Of(topic, "attempts", $"{at}:{nameof(service.Retry)}:{nameof(RetryOptions.MaxAttempts)}") is var attempts && !service.IsDiscovered && service.Instances.Count == 1
            ? attempts with { Value = "1, since there is one instance" }
            : attempts;
        yield return writer.Of(topic, "retry budget, percent", $"{at}:{nameof(service.Retry)}:{nameof(RetryOptions.BudgetPercent)}");
        yield return writer.Of(topic, "circuit, failures", $"{at}:{nameof(service.CircuitBreaker)}:{nameof(CircuitBreakerOptions.FailureThreshold)}");
        yield return writer.Of(topic, "circuit, open for", $"{at}:{nameof(service.CircuitBreaker)}:{nameof(CircuitBreakerOptions.Timeout)}");
        yield return service.HealthCheck is null
            ? writer.Of(topic, "health check", $"{at}:{nameof(service.HealthCheck)}")
            : writer.Of(topic, "health check", $"{at}:{nameof(service.HealthCheck)}:{nameof(HealthCheckOptions.Path)}");
        yield return writer.Of(topic, "http/2", $"{at}:{nameof(service.Http2)}");
    }

    private ExplainedSetting Instances(string topic, string at, ServiceOptions service)
    {
        DiscoveryOptions discovery = service.Discovery;
        string kind = $"{at}:{nameof(service.Discovery)}:{nameof(DiscoveryOptions.Kind)}";
        if (service.IsDiscovered)
        {
            return writer.Shown(topic, "instances", kind, discovery.Kind == DiscoveryKind.Dns ? $"found by Dns: {discovery.Url}"
                : $"found by {discovery.Kind}: {discovery.Service}{(discovery.Port is null ? "" : $", port {discovery.Port}")}");
        }

        IEnumerable<string> shown = service.Instances.Take(MostInstances)
            .Select(static instance => instance.Weight == 1 ? instance.Url : string.Create(CultureInfo.InvariantCulture, $"{instance.Url} (weight {instance.Weight})"));
        string more = service.Instances.Count > MostInstances ? string.Create(CultureInfo.InvariantCulture, $" and {service.Instances.Count - MostInstances} more") : "";
        return writer.Shown(topic, "instances", $"{at}:{nameof(service.Instances)}:0:{nameof(InstanceOptions.Url)}", string.Join(", ", shown) + more);
    }
}
