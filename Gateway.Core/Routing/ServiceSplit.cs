using Gateway.Core.Backends;
using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Routing;

/// <summary>
/// Which of a route's services? Weighted rendezvous: for each service the client's key becomes a waiting time, exponentially distributed and
/// the shorter the larger the share is, and the first to be done gets the request. So every service gets its share, and as a share that is
/// raised shortens that service's waits alone, it takes clients from the others and moves nobody among them. Immutable; allocates nothing.
/// </summary>
internal sealed class ServiceSplit
{
    private readonly SplitOptions _options;
    private readonly Share[] _shares;

    private ServiceSplit(SplitOptions options, Share[] shares) => (_options, _shares) = (options, shares);

    /// <summary>Null for a route that asks one service alone.</summary>
    /// <param name="route">Made of valid options.</param>
    /// <param name="services">All services.</param>
    public static ServiceSplit? Of(Route route, IReadOnlyList<BackendService> services) =>
        route.Options.Split is { } options
            ? new ServiceSplit(options,
            [
                .. services.Where(service => options.Services.ContainsKey(service.Name)).Select(service => new Share(
                    service, route.TimeoutsOf(service), options.Services[service.Name], StickyKey.OfText(service.Name, StickyKey.OfText(route.Name)))),
            ])
            : null;

    /// <summary>Decides for a request whose user is known.</summary>
    public void Choose(GatewayContext context)
    {
        Share share = Wished(context.Http.Request.Headers) ?? Drawn(KeyOf(context));
        (context.Service, context.Timeouts) = (share.Service, share.Timeouts);
    }

    /// <summary>The service that the request names itself; null when it names none, or may not.</summary>
    private Share? Wished(IHeaderDictionary headers)
    {
        if (_options.OverrideHeader is { } header && headers.TryGetValue(header, out StringValues values) && values.Count == 1)
        {
            foreach (Share share in _shares)
            {
                if (share.Service.Name == values[0])
                {
                    return share;
                }
            }
        }

        return null;
    }

    private Share Drawn(ulong key)
    {
        Share first = _shares[0];
        double shortest = double.PositiveInfinity;
        foreach (Share share in _shares)
        {
            // 53 bits and a half: never 0 and never 1. With a share of 0 the wait is infinite.
            double evenly = ((StickyKey.Mix(key ^ share.Salt) >> 11) + 0.5) / (1UL << 53);
            double wait = -Math.Log(evenly) / share.Weight;
            if (wait < shortest)
            {
                (first, shortest) = (share, wait);
            }
        }

        return first;
    }

    private ulong KeyOf(GatewayContext context) => _options.StickyBy switch
    {
        StickyBy.None => (ulong)Random.Shared.NextInt64(),
        StickyBy.User when context.User is { } user => (ulong)user.KeyHash,
        StickyBy.Header when context.Http.Request.Headers.TryGetValue(_options.Header!, out StringValues values) && Hash(values) is { } key => key,
        _ => StickyKey.OfAddress(context.ClientIp),
    };

    /// <summary>Null for a header that says nothing.</summary>
    private static ulong? Hash(StringValues values)
    {
        ulong? key = null;
        foreach (string? value in values)
        {
            if (!string.IsNullOrEmpty(value))
            {
                key = key is { } before ? StickyKey.OfText(value, before) : StickyKey.OfText(value);
            }
        }

        return key;
    }

    /// <summary>A service as the route asks it.</summary>
    /// <param name="Service">The service.</param>
    /// <param name="Timeouts">Its own, but for those that the route has.</param>
    /// <param name="Weight">Its share against the others'.</param>
    /// <param name="Salt">Of the route's name and its own, so that clients are dealt out anew on each route.</param>
    private sealed record Share(BackendService Service, TimeoutOptions Timeouts, int Weight, ulong Salt);
}
