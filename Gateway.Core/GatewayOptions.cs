using System.Net;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Configuration;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.Errors;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Core.Routing;
using Microsoft.Extensions.Configuration;

namespace Gateway.Core;

/// <summary>Everything a pipeline is built from: the section <c>Gateway</c> of the configuration. Immutable; safe from any thread.</summary>
public sealed record GatewayOptions
{
    /// <summary>Addresses or networks (<c>10.0.0.0/8</c>) of proxies: those whose X-Forwarded-* and Forwarded headers are believed.
    /// The client is the first address that is not one of them, from the right of X-Forwarded-For, or of Forwarded where that is missing;
    /// at most 32 hops are walked. Default none.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>How many requests the gateway works on at a time.</summary>
    public OverloadOptions Overload { get; init; } = new();

    /// <summary>Services by name.</summary>
    public IReadOnlyDictionary<string, ServiceOptions> Services { get; init; } = new Dictionary<string, ServiceOptions>();

    /// <summary>Routes by name.</summary>
    public IReadOnlyDictionary<string, GatewayRouteOptions> Routes { get; init; } = new Dictionary<string, GatewayRouteOptions>();

    /// <summary>How the host names of services become addresses.</summary>
    public DnsOptions Dns { get; init; } = new();

    /// <summary>How callers are recognised.</summary>
    public AuthOptions Auth { get; init; } = new();

    /// <summary>Rate-limit policies by name.</summary>
    public IReadOnlyDictionary<string, RateLimitPolicyOptions> RateLimits { get; init; } = new Dictionary<string, RateLimitPolicyOptions>();

    /// <summary>Policies for requests whose route names none, and for those that match no route. Default none.</summary>
    public IReadOnlyList<string> DefaultRateLimits { get; init; } = [];

    /// <summary>Where rate-limit buckets live.</summary>
    public RateLimitStoreOptions RateLimitStore { get; init; } = new();

    /// <summary>Which other origins' pages may call. Null (default): CORS is left to the services.</summary>
    public CorsOptions? Cors { get; init; }

    /// <summary>How the gateway leaves.</summary>
    public ShutdownOptions Shutdown { get; init; } = new();

    /// <summary>Options from a section of .NET configuration, whoever provides it. Unknown keys and bad values are errors, as in the binary;
    /// <c>null</c> and <c>{}</c>, which .NET configuration does not tell apart, count as left out, or are refused where they are not the same.</summary>
    /// <param name="configuration">The section; or a whole configuration, of which the section <c>Gateway</c> is taken: its errors then also name
    /// the provider that has the value.</param>
    /// <param name="extensions">What the application adds, and the options may name; null for nothing.</param>
    /// <exception cref="GatewayOptionsException">The section is missing, or anything in it is wrong: all of it at once.</exception>
    public static GatewayOptions Bind(IConfiguration configuration, GatewayExtensions? extensions = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return SectionReader.Bind(configuration, whole: null, extensions);
    }

    /// <summary>Everything that is wrong with these options, each with its key; empty when they can be used.</summary>
    /// <param name="extensions">What the application adds, and the options may name; null for nothing.</param>
    public IReadOnlyList<OptionError> Validate(GatewayExtensions? extensions = null)
    {
        const string At = "Gateway";
        var errors = new OptionErrors();
        for (int i = 0; i < TrustedProxies.Count; i++)
        {
            if (!ClientAddress.TryParseNetwork(TrustedProxies[i], out IPNetwork _))
            {
                errors.Add($"{At}:{nameof(TrustedProxies)}:{i}", $"'{TrustedProxies[i]}' is neither an address nor a network such as '10.0.0.0/8'");
            }
        }

        foreach ((string name, ServiceOptions service) in Services)
        {
            errors.Name($"{At}:{nameof(Services)}:{name}", name);
            service.Validate($"{At}:{nameof(Services)}:{name}", errors);
        }

        foreach ((string name, RateLimitPolicyOptions policy) in RateLimits)
        {
            errors.Name($"{At}:{nameof(RateLimits)}:{name}", name);
            policy.Validate($"{At}:{nameof(RateLimits)}:{name}", errors);
        }

        foreach ((string name, GatewayRouteOptions route) in Routes)
        {
            errors.Name($"{At}:{nameof(Routes)}:{name}", name);
            route.Validate($"{At}:{nameof(Routes)}:{name}", this, errors);
        }

        ValidatePolicyNames($"{At}:{nameof(DefaultRateLimits)}", DefaultRateLimits, this, errors);
        RouteTable.Validate($"{At}:{nameof(Routes)}", Routes, errors);
        RateLimitStore.Validate($"{At}:{nameof(RateLimitStore)}", errors);
        Dns.Validate($"{At}:{nameof(Dns)}", errors);
        Auth.Validate($"{At}:{nameof(Auth)}", errors);
        Cors?.Validate($"{At}:{nameof(Cors)}", errors);
        Overload.Validate($"{At}:{nameof(Overload)}", errors);
        Shutdown.Validate($"{At}:{nameof(Shutdown)}", errors);
        ValidateSomeoneToAsk(At, errors);
        ValidateNames(At, extensions ?? new GatewayExtensions(), errors);
        return errors.All;
    }

    internal static void ValidatePolicyNames(string at, IReadOnlyList<string>? names, GatewayOptions options, OptionErrors errors)
    {
        for (int i = 0; i < names?.Count; i++)
        {
            if (!options.RateLimits.ContainsKey(names[i]))
            {
                errors.Add($"{at}:{i}", $"there is no rate limit '{names[i]}'{Suggestion.For(names[i], options.RateLimits.Keys)}");
            }
        }
    }

    /// <summary>What the application must bring, by name.</summary>
    private void ValidateNames(string at, GatewayExtensions own, OptionErrors errors)
    {
        static void Check(string key, string? name, string what, IEnumerable<string> known, OptionErrors errors)
        {
            if (name is not null && !known.Contains(name, StringComparer.Ordinal))
            {
                errors.Add(key, $"the application brings no {what} '{name}'{Suggestion.For(name, known)}");
            }
        }

        foreach ((string name, ServiceOptions service) in Services)
        {
            string serviceAt = $"{at}:{nameof(Services)}:{name}";
            Check($"{serviceAt}:{nameof(ServiceOptions.CustomLoadBalancing)}", service.CustomLoadBalancing, "load-balancing policy", own.LoadBalancers.Keys, errors);
            Check($"{serviceAt}:{nameof(ServiceOptions.Discovery)}:{nameof(DiscoveryOptions.CustomSource)}",
                service.Discovery.CustomSource, "source of instances", own.InstanceSources.Keys, errors);
        }

        foreach ((string name, RateLimitPolicyOptions policy) in RateLimits)
        {
            Check($"{at}:{nameof(RateLimits)}:{name}:{nameof(RateLimitPolicyOptions.CustomKey)}", policy.CustomKey, "rate-limit key", own.RateLimitKeys.Keys, errors);
        }

        if (Auth.Mode == AuthMode.Custom && own.TokenCheck is null)
        {
            errors.Add($"{at}:{nameof(Auth)}:{nameof(AuthOptions.Mode)}", $"the mode {nameof(AuthMode.Custom)} needs an application that brings its own check of tokens");
        }
    }

    private void ValidateSomeoneToAsk(string at, OptionErrors errors)
    {
        if (Auth.IsConfigured || Auth.Mode != AuthMode.AuthService)
        {
            return;
        }

        foreach ((string name, GatewayRouteOptions route) in Routes)
        {
            if (route.Auth != RouteAuth.Anonymous)
            {
                errors.Add($"{at}:{nameof(Routes)}:{name}",
                    $"the route needs tokens checked (Auth is {route.Auth}), but {at}:Auth:ServiceUrl is not set; set it, or make the route Anonymous");
            }
        }
    }
}
