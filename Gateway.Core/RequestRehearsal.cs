using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Core.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core;

/// <summary>How a rehearsal ended.</summary>
/// <param name="Context">The request as the stages left it.</param>
/// <param name="IsSentOn">Whether the gateway would send it to a service, if limits, authentication and instances allowed it; else it answers by
/// itself, with the context's error or with the response's status.</param>
/// <param name="MeetsLimits">Whether it comes as far as the limits and the authentication.</param>
internal sealed record Rehearsed(GatewayContext Context, bool IsSentOn, bool MeetsLimits);

/// <summary>
/// What would become of a request, by the pipeline's own stages, but for those that take a token of a limit, ask who is calling, or send something.
/// Immutable and safe from any thread.
/// </summary>
internal sealed class RequestRehearsal
{
    private readonly RequestReception _reception;
    private readonly ServiceSplit?[] _splits;

    /// <param name="options">What <see cref="GatewayOptions.Validate"/> finds no fault with.</param>
    public RequestRehearsal(GatewayOptions options)
    {
        TimeProvider clock = TimeProvider.System;
        BackendService[] services =
        [
            .. options.Services.OrderBy(static service => service.Key, StringComparer.Ordinal)
                .Select((service, index) => new BackendService(service.Key, index, service.Value, clock)),
        ];
        Dictionary<string, BackendService> byName = services.ToDictionary(static service => service.Name, StringComparer.Ordinal);
        Routes = [.. options.Routes.OrderBy(static route => route.Key, StringComparer.Ordinal)
            .Select((route, index) => new Route(route.Key, index, route.Value, byName[route.Value.Service]))];
        (Options, Router) = (options, new Router(Routes));
        Limits = RouteLimits.Build(options.RateLimits, options.DefaultRateLimits, options.RateLimitStore, Routes, clock);
        _reception = new RequestReception(new ClientAddress(options.TrustedProxies), clock);
        _splits = [.. Routes.Select(route => ServiceSplit.Of(route, services))];
    }

    public GatewayOptions Options { get; }

    public Route[] Routes { get; }

    public Router Router { get; }

    /// <summary>Which policies apply where; nothing is taken of them.</summary>
    public RouteLimits Limits { get; }

    /// <summary>A request without a client.</summary>
    /// <param name="method">As in the request line.</param>
    /// <param name="target">As in the request line.</param>
    /// <param name="headers">In their order, Host among them; none of them is checked.</param>
    public static HttpContext Request(string method, string target, IEnumerable<KeyValuePair<string, string>> headers)
    {
        var http = new DefaultHttpContext();
        http.Features.Set<IHttpResponseFeature>(new StartingResponse());
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        (http.Request.Method, http.Request.Protocol, http.Request.Scheme) = (method, HttpProtocol.Http11, "http");
        foreach ((string name, string value) in headers)
        {
            http.Request.Headers[name] = StringValues.Concat(http.Request.Headers[name], value);
        }

        if (http.Request.Headers.Connection.ToString().Contains("upgrade", StringComparison.OrdinalIgnoreCase))
        {
            http.Features.Set<IHttpUpgradeFeature>(new Upgradable());
        }

        return http;
    }

    /// <summary>Goes the way with a request, which is used up by that.</summary>
    public Rehearsed Run(HttpContext http)
    {
        bool isSentOn = false, meetsLimits = false;
        GatewayContext context = _reception.Open(http);
        if (context.Error == GatewayError.None)
        {
            // Nothing on this way waits for anything, so its tasks are completed when they are returned.
            GatewayPipeline.Rehearse(Router, Options.Cors, _splits, () => meetsLimits = true, _ =>
            {
                isSentOn = true;
                return Task.CompletedTask;
            })(context).GetAwaiter().GetResult();
        }

        ((StartingResponse)http.Features.GetRequiredFeature<IHttpResponseFeature>()).Start();
        return new Rehearsed(context, isSentOn, meetsLimits);
    }

    /// <summary>A response that runs what waits for its start, as CORS does.</summary>
    private sealed class StartingResponse : HttpResponseFeature
    {
        private readonly Stack<(Func<object, Task> Callback, object State)> _starting = new();

        public override void OnStarting(Func<object, Task> callback, object state) => _starting.Push((callback, state));

        public void Start()
        {
            while (_starting.TryPop(out (Func<object, Task> Callback, object State) next))
            {
                next.Callback(next.State).GetAwaiter().GetResult();
            }
        }
    }

    private sealed class Upgradable : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => true;

        public Task<Stream> UpgradeAsync() => throw new NotSupportedException("Nothing is sent in a rehearsal.");
    }
}
