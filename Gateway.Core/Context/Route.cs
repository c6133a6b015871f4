using Gateway.Core.Backends;
using Gateway.Core.Telemetry;

namespace Gateway.Core.Context;

/// <summary>A route as the request meets it: everything decided when the configuration was loaded. Immutable.</summary>
internal sealed class Route
{
    /// <param name="name">Its key in the configuration.</param>
    /// <param name="index">Its place in the configuration's snapshot.</param>
    /// <param name="options">Valid ones.</param>
    /// <param name="service">Theirs.</param>
    /// <param name="predecessor">The route of that name in the configuration before, whose figures go on; null for none.</param>
    public Route(string name, int index, GatewayRouteOptions options, BackendService service, Route? predecessor = null)
    {
        Figures = predecessor?.Figures ?? new TrafficFigures();
        (Name, Index, Options, Service) = (name, index, options, service);
        Auth = options.Auth;
        Timeouts = TimeoutsOf(service);
        MaxRequestBodyBytes = options.MaxRequestBodyBytes == 0 ? null : options.MaxRequestBodyBytes;
        Requires = options.Require is { Roles.Count: > 0 } or { Scopes.Count: > 0 } ? options.Require : null;
    }

    public string Name { get; }

    /// <summary>Position in the configuration's snapshot: stages keep what they decided per route in arrays by it.</summary>
    public int Index { get; }

    public GatewayRouteOptions Options { get; }

    /// <summary>Who is asked, unless the route splits its requests and another gets this one.</summary>
    public BackendService Service { get; }

    /// <summary>Its requests.</summary>
    public TrafficFigures Figures { get; }

    public RouteAuth Auth { get; }

    /// <summary>Those of <see cref="Service"/>, but for those that the route has of its own.</summary>
    public TimeoutOptions Timeouts { get; }

    /// <summary>Bytes; null means no limit.</summary>
    public long? MaxRequestBodyBytes { get; }

    /// <summary>Protocols that clients may go on in, compared without case.</summary>
    public IReadOnlyList<string> Upgrades => Options.Upgrades;

    /// <summary>Roles and scopes to have; null when any user passes.</summary>
    public RequireOptions? Requires { get; }

    /// <summary>How long to wait for a service on this route. To be asked when the configuration is loaded.</summary>
    public TimeoutOptions TimeoutsOf(BackendService service) => Options.Timeouts?.Over(service.Options.Timeouts) ?? service.Options.Timeouts;
}
