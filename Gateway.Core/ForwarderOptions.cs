using Gateway.Core.Backends;
using Gateway.Core.Context;

namespace Gateway.Core;

/// <summary>How a <see cref="Forwarder"/> treats requests. Immutable.</summary>
public sealed record ForwarderOptions
{
    /// <summary>Its name in metrics, log and spans, where a gateway has a route's and a service's: 1–64 letters, digits, '.', '_' or '-'. Forwarders
    /// of one name in one process count into the same series, so that each overwrites the other's. Default <c>forwarder</c>.</summary>
    public string Name { get; init; } = "forwarder";

    /// <summary>How long it waits.</summary>
    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>Speak HTTP/2 to the destinations (prior knowledge on <c>http:</c>). Default false: HTTP/1.1.</summary>
    public bool Http2 { get; init; }

    /// <summary>As <see cref="GatewayRouteOptions.MaxRequestBodyBytes"/>: bytes, 0 for no limit; default 30,000,000, as Kestrel's.</summary>
    public long MaxRequestBodyBytes { get; init; } = 30_000_000;

    /// <summary>As <see cref="GatewayRouteOptions.Upgrades"/>: protocols that clients may go on in; default <c>websocket</c>.</summary>
    public IReadOnlyList<string> Upgrades { get; init; } = ["websocket"];

    /// <summary>As <see cref="GatewayOptions.TrustedProxies"/>: addresses and networks whose X-Forwarded-* are believed; default none.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>As <see cref="GatewayExtensions.TransformRequest"/>; default null.</summary>
    public Action<GatewayContext, HttpRequestMessage>? TransformRequest { get; init; }

    /// <summary>As <see cref="GatewayExtensions.TransformResponse"/>; default null.</summary>
    public Action<GatewayContext, Microsoft.AspNetCore.Http.HttpResponse>? TransformResponse { get; init; }
}
