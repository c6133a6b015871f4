using System.Security.Claims;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Responses;
using Gateway.Core.Tracing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Core;

/// <summary>One of the gateway's policies as a middleware of ASP.NET's, in front of an application of any kind. Safe from any thread.</summary>
internal sealed class PolicyMiddleware : IAsyncDisposable
{
    /// <summary>What the principal is authenticated by.</summary>
    public const string AuthenticationType = "Gateway";

    private readonly LastingParts _lasting;
    private readonly GatewayParts _parts;
    private readonly StandardHeaders _headers = new(static () => false);
    private readonly RequestDelegate _next;
    private readonly RouteAuth _auth;
    private readonly GatewayStep _way;

    /// <param name="next">All that comes after.</param>
    /// <param name="options">Of the policy alone.</param>
    /// <param name="extensions">What the options name.</param>
    /// <param name="auth">Whether a token is needed.</param>
    /// <param name="policy">Makes the policy's stages, of the parts and of what comes after.</param>
    /// <param name="loggers">For events.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <exception cref="GatewayOptionsException">The options are not valid.</exception>
    public PolicyMiddleware(
        RequestDelegate next, GatewayOptions options, GatewayExtensions extensions, RouteAuth auth,
        Func<GatewayParts, GatewayStep, GatewayStep> policy, ILoggerFactory loggers, TimeProvider clock)
    {
        GatewayParts.ThrowIfInvalid(options, extensions);
        (_next, _auth) = (next, auth);
        _lasting = new LastingParts(options.Dns, loggers, clock, extensions);
        _parts = new GatewayParts(options, _lasting);
        _lasting.PutInForce(_parts);
        PartsMetrics.RegisterLimits(_lasting);
        _ = _parts.BeginAsync();
        _way = policy(_parts, context =>
        {
            if (context.User is { } user)
            {
                context.Http.Features.Set(user);
                context.Http.User = PrincipalOf(user);
            }

            return next(context.Http);
        });
    }

    public Task InvokeAsync(HttpContext http) =>

        // Who is calling is asked again, since it depends on the path; how often is not.
        AppliedLimits.Expect(http, this) || _parts.Options.RateLimits.Count == 0 ? JudgeAsync(http) : _next(http);

    private async Task JudgeAsync(HttpContext http)
    {
        GatewayContext context = _parts.Reception.Open(http);
        RequestTracing.NameOnly(context);

        // Another policy behind this one, and the application, go on under the same name.
        http.Request.Headers[CorrelationId.Header] = context.CorrelationId;
        _headers.Register(context);
        (context.Auth, context.User) = (_auth, http.Features.Get<UserContext>());
        try
        {
            if (context.Error == GatewayError.None)
            {
                await _way(context);
            }
        }
        finally
        {
            context.End();
        }

        if (context.Error != GatewayError.None)
        {
            await ErrorResponder.RespondAsync(context);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _parts.DisposeAsync();
        await _lasting.DisposeAsync();
    }

    private static ClaimsPrincipal PrincipalOf(UserContext user) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, user.UserId),
            new Claim(ClaimTypes.Name, user.UserId),
            .. user.Roles.Select(static role => new Claim(ClaimTypes.Role, role)),
            .. user.Scopes.Select(static scope => new Claim("scope", scope)),
        ], AuthenticationType));
}
