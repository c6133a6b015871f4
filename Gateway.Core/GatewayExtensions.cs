using System.Collections.Frozen;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.LoadBalancing;
using Gateway.Core.RateLimiting;
using Gateway.Core.Responses;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core;

/// <summary>
/// What an application adds to the gateway that it embeds. Everything here is called from any thread, and should not block: most of it is on a
/// request's way. Where the options name what is not here, <see cref="GatewayOptions.Validate"/> says so. Immutable.
/// </summary>
public sealed record GatewayExtensions
{
    /// <summary>Stages of its own, each at its position; those at one position in their order here. Default none.</summary>
    public IReadOnlyList<GatewayStage> Stages { get; init; } = [];

    /// <summary>Load-balancing policies, by the name that <see cref="ServiceOptions.CustomLoadBalancing"/> has. Each makes one balancer for a
    /// service. Default none.</summary>
    public IReadOnlyDictionary<string, Func<ServiceOptions, LoadBalancer>> LoadBalancers { get; init; } =
        FrozenDictionary<string, Func<ServiceOptions, LoadBalancer>>.Empty;

    /// <summary>Rate-limit keys, by the name that <see cref="RateLimitPolicyOptions.CustomKey"/> has. Default none.</summary>
    public IReadOnlyDictionary<string, RateLimitKeySource> RateLimitKeys { get; init; } = FrozenDictionary<string, RateLimitKeySource>.Empty;

    /// <summary>Judges tokens in the mode <see cref="AuthMode.Custom"/>. Default null: that mode is not valid.</summary>
    public TokenCheck? TokenCheck { get; init; }

    /// <summary>Who finds instances, by the name that <see cref="DiscoveryOptions.CustomSource"/> has. Default none.</summary>
    public IReadOnlyDictionary<string, InstanceSource> InstanceSources { get; init; } = FrozenDictionary<string, InstanceSource>.Empty;

    /// <summary>Changes the message to an instance, before each attempt and after the gateway's own rules: headers, also its address, but not its
    /// content. Copies to a mirror are not changed. What it throws is a defect: 500. Default null: nothing.</summary>
    public Action<GatewayContext, HttpRequestMessage>? TransformRequest { get; init; }

    /// <summary>Changes a service's answer, its head in place and its body to come: status and headers. The body stays the service's, and how it is
    /// framed the gateway's: another Content-Length does not count, and with a status that has no content (204, 205, 304) the body is dropped. Not
    /// for the gateway's own answers, nor for an accepted upgrade. What it throws is a defect: 500. Default null: nothing.</summary>
    public Action<GatewayContext, HttpResponse>? TransformResponse { get; init; }

    /// <summary>Hears what happens to instances. Must not block; what it throws is logged. Default null: nobody.</summary>
    public Action<InstanceChange>? InstanceChanged { get; init; }

    /// <summary>Hears of each finished request that the gateway or its server refused, whose answer failed, or whose client left before it came:
    /// <see cref="AccessLogEntry.Error"/> says which. Must not block; what it throws is logged. Default null: nobody.</summary>
    public AccessLog? RequestRefused { get; init; }

    /// <summary>Makes the connection to the store that <see cref="RateLimitStoreOptions.Kind"/> names, once for each configuration of it. Must neither
    /// block nor throw when the store is away. Default null: only Memory.</summary>
    internal Func<RateLimitStoreOptions, SharedBucketStore>? RateLimitStore { get; init; }

    /// <summary>Makes the connection to the store that <see cref="AuthOptions.Shared"/> names, once for each configuration of it. Must neither block
    /// nor throw when the store is away. Default null: no tokens are shared.</summary>
    internal Func<SharedTokenOptions, SharedTokenStore>? TokenStore { get; init; }

    /// <summary>Whether nothing of an application stands before the gateway, so that a request is as it was sent. Default false.</summary>
    internal bool StandsAlone { get; init; }

    /// <summary>Whether a 404 names the routes that come nearest, which only those who develop should read. Default false.</summary>
    internal bool SuggestsRoutes { get; init; }

    /// <summary>The application's stages at a position, as the spine takes them.</summary>
    internal IEnumerable<Func<GatewayStep, GatewayStep>> StagesAt(StagePosition position)
    {
        // Numbered in the order of travel, so that a request knows which it has passed.
        foreach ((int before, GatewayStage stage) in Stages.OrderBy(static stage => stage.Position).Index())
        {
            if (stage.Position == position)
            {
                yield return next => stage.Make(context => context.PassesStage(before + 1) ? next(context) : Task.CompletedTask);
            }
        }
    }
}
