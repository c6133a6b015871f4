using Gateway.Core.Context;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gateway.Core.Cors;

/// <summary>
/// May the page ask? Answers preflights, 204, before authentication, since a preflight carries no token, and grants the rest
/// through the framework's <see cref="CorsService"/>. The headers are written when the response starts, errors included.
/// </summary>
internal sealed class CorsMiddleware
{
    private readonly GatewayStep _next;
    private readonly CorsPolicy _policy;
    private readonly CorsService _service;

    public CorsMiddleware(GatewayStep next, CorsOptions options, ILoggerFactory loggers)
    {
        _next = next;
        _policy = PolicyOf(options);
        _service = new CorsService(Options.Create(new Microsoft.AspNetCore.Cors.Infrastructure.CorsOptions()), loggers);
    }

    public Task InvokeAsync(GatewayContext context)
    {
        HttpRequest request = context.Http.Request;
        if (!request.Headers.ContainsKey(CorsConstants.Origin))
        {
            return _next(context);
        }

        CorsResult result = _service.EvaluatePolicy(context.Http, _policy);
        context.Http.Response.OnStarting(static state =>
        {
            (CorsService service, CorsResult result, HttpResponse response) = ((CorsService, CorsResult, HttpResponse))state;
            service.ApplyResult(result, response);
            return Task.CompletedTask;
        }, (_service, result, context.Http.Response));

        if (!result.IsPreflightRequest)
        {
            return _next(context);
        }

        context.Http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static CorsPolicy PolicyOf(CorsOptions options)
    {
        var builder = new CorsPolicyBuilder();
        builder.WithOrigins([.. options.AllowedOrigins]);
        builder.WithMethods([.. options.AllowedMethods]);
        builder.WithHeaders([.. options.AllowedHeaders]);
        builder.WithExposedHeaders([.. options.ExposedHeaders]);
        builder.SetPreflightMaxAge(options.MaxAge);
        return (options.AllowCredentials ? builder.AllowCredentials() : builder).Build();
    }
}
