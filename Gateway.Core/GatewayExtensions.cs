using System.Collections.Frozen;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.RateLimiting;

namespace Gateway.Core;

/// <summary>Ways to what lies outside of the process and is not HTTP: only what the configuration asks for is used. Immutable.</summary>
public sealed record GatewayExtensions
{
    /// <summary>Who finds instances, by the kind that <see cref="DiscoveryOptions.Kind"/> names. The one of Dns is there, if none is given in its
    /// place. Default no others.</summary>
    public IReadOnlyDictionary<DiscoveryKind, InstanceSource> InstanceSources { get; init; } = FrozenDictionary<DiscoveryKind, InstanceSource>.Empty;

    /// <summary>Makes the connection to the store that <see cref="RateLimitStoreOptions.Kind"/> names, once for each configuration of it. Must neither
    /// block nor throw when the store is away. Default null: only Memory.</summary>
    public Func<RateLimitStoreOptions, SharedBucketStore>? RateLimitStore { get; init; }

    /// <summary>Whether a 404 names the routes that come nearest, which only those who develop should read. Default false.</summary>
    internal bool SuggestsRoutes { get; init; }

    /// <summary>Makes the connection to the store that <see cref="AuthOptions.Shared"/> names, once for each configuration of it. Must neither block
    /// nor throw when the store is away. Default null: no tokens are shared.</summary>
    public Func<SharedTokenOptions, SharedTokenStore>? TokenStore { get; init; }
}
