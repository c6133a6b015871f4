using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Single policies of the gateway, for an application of any kind. They go by <see cref="HttpRequest.Path"/> as all middleware does, so
/// without what <c>UsePathBase</c> or <c>Map</c> has put aside. Each request keeps the correlation id that the first of them gives it. They make no
/// spans; limits are counted in <c>gateway_rate_limit_decisions_total</c>.</summary>
public static class GatewayPolicies
{
    /// <summary>
    /// Lets only those in whom the gateway's authentication believes: 401 without a valid token, 503 while nobody can tell, problem details as the
    /// gateway's. Behind it <c>HttpContext.User</c> has the user's id, roles and scopes, and <c>Features.Get&lt;UserContext&gt;()</c> all of it.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="options">Who decides, and what is remembered.</param>
    /// <param name="auth">Optional lets requests without a token pass, Anonymous looks at none. Default Required.</param>
    /// <param name="check">For the mode Custom; else null.</param>
    /// <exception cref="ArgumentException">Nobody is there to decide; or, when the application is built, the options are not valid.</exception>
    public static IApplicationBuilder UseGatewayAuthentication(
        this IApplicationBuilder app, AuthOptions options, RouteAuth auth = RouteAuth.Required, TokenCheck? check = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(options);
        if (!options.IsConfigured)
        {
            throw new ArgumentException($"Nobody can check tokens: set {nameof(AuthOptions.ServiceUrl)}, or another {nameof(AuthOptions.Mode)}.", nameof(options));
        }

        return Use(app, new GatewayOptions { Auth = options }, new GatewayExtensions { TokenCheck = check }, auth, static (parts, next) =>
            new AuthMiddleware(next, parts.Options.Auth, parts.TokenValidator).InvokeAsync);
    }

    /// <summary>
    /// Limits requests as a policy of the gateway does: 429 with Retry-After, RateLimit headers on every answer. A policy by user goes behind
    /// <see cref="UseGatewayAuthentication"/>.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="name">Of the policy, in the headers: 1–64 letters, digits, '.', '_' or '-'.</param>
    /// <param name="options">Its size, and whose requests share a bucket.</param>
    /// <param name="key">The application's own key, in place of the options'; null for that of the options.</param>
    /// <exception cref="ArgumentException">When the application is built: the name or the options are not valid.</exception>
    public static IApplicationBuilder UseGatewayRateLimit(
        this IApplicationBuilder app, string name, RateLimitPolicyOptions options, RateLimitKeySource? key = null)
    {
        const string Custom = "custom";
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(options);
        var extensions = new GatewayExtensions
        {
            RateLimitKeys = key is null ? new Dictionary<string, RateLimitKeySource>() : new Dictionary<string, RateLimitKeySource> { [Custom] = key },
        };
        var limits = new Dictionary<string, RateLimitPolicyOptions> { [name] = key is null ? options : options with { CustomKey = Custom } };
        return Use(app, new GatewayOptions { RateLimits = limits, DefaultRateLimits = [name] }, extensions, RouteAuth.Anonymous, static (parts, next) =>
        {
            GatewayStep byUser = new RateLimitMiddleware(next, RateLimitPhase.AfterAuthentication, parts.RouteLimits, parts.Lasting.Clock).InvokeAsync;
            return new RateLimitMiddleware(byUser, RateLimitPhase.BeforeAuthentication, parts.RouteLimits, parts.Lasting.Clock).InvokeAsync;
        });
    }

    private static IApplicationBuilder Use(
        IApplicationBuilder app, GatewayOptions options, GatewayExtensions extensions, RouteAuth auth, Func<GatewayParts, GatewayStep, GatewayStep> policy)
    {
        IServiceProvider services = app.ApplicationServices;
        ILoggerFactory loggers = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        TimeProvider clock = services.GetService<TimeProvider>() ?? TimeProvider.System;
        return app.Use(next =>
        {
            var middleware = new PolicyMiddleware(next, options, extensions, auth, policy, loggers, clock);
            services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(() => _ = middleware.DisposeAsync().AsTask());
            return middleware.InvokeAsync;
        });
    }
}
