using System.Diagnostics;
using System.Net;
using BenchmarkDotNet.Attributes;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.Proxying;
using Gateway.Core.RateLimiting;
using Gateway.Core.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Benchmarks.Micro;

/// <summary>What a request meets beside routing, circuit, balancing and the forwarder, which it always meets.</summary>
public enum Added
{
    Nothing,

    /// <summary>A limit by address.</summary>
    LimitByAddress,

    /// <summary>A token that is remembered.</summary>
    Authentication,

    /// <summary>The same, and a limit by user.</summary>
    AuthenticationAndLimitByUser,

    /// <summary>CORS, for a request with an origin.</summary>
    Cors,

    /// <summary>A stage of the application's that only goes on.</summary>
    OwnStage,

    /// <summary>Both transforms, that do nothing.</summary>
    OwnTransforms,

    /// <summary>Somebody wants spans, but not of this request: the gateway decides.</summary>
    SpanNotSampled,

    /// <summary>Somebody wants spans, but not of this request, and he decides himself when he is asked, as in a program that embeds the core.</summary>
    SpanDeclined,

    /// <summary>Somebody wants the request's span. It is made; sending it is another's work.</summary>
    SpanSampled,
}

/// <summary>A request's whole way through the pipeline, before an instance that answers at once and without a network; the rest is Kestrel's.</summary>
[MemoryDiagnoser]
public class PipelineBenchmarks : IAsyncDisposable
{
    private const string Origin = "https://shop.example";

    private readonly byte[] _answer = new byte[200];
    private readonly DefaultHttpContext _http = new();
    private GatewayPipeline _pipeline = null!;
    private ServiceConnections _connections = null!;
    private AtOnce _handler = null!;
    private ActivityListener? _listener;

    [ParamsAllValues]
    public Added Added { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var limit = new RateLimitPolicyOptions { Key = RateLimitKeyKind.Ip, Capacity = 10_000_000, RefillPerSecond = 10_000_000 };
        var service = new ServiceOptions { Instances = [new InstanceOptions { Url = "http://10.0.0.4:8004" }] };
        bool isChecked = Added is Added.Authentication or Added.AuthenticationAndLimitByUser;
        _pipeline = new GatewayPipeline(
            new GatewayOptions
            {
                Services = new Dictionary<string, ServiceOptions> { ["product"] = service },
                Routes = new Dictionary<string, GatewayRouteOptions>
                {
                    ["products"] = new()
                    {
                        Pattern = "/api/products/{**rest}",
                        Service = "product",
                        Auth = isChecked ? RouteAuth.Required : RouteAuth.Anonymous,
                        RateLimits = Added == Added.LimitByAddress ? ["per-ip"] : Added == Added.AuthenticationAndLimitByUser ? ["per-user"] : [],
                    },
                },
                RateLimits = new Dictionary<string, RateLimitPolicyOptions>
                {
                    ["per-ip"] = limit,
                    ["per-user"] = limit with { Key = RateLimitKeyKind.User },
                },
                Auth = isChecked ? new AuthOptions { Mode = AuthMode.Custom } : new AuthOptions(),
                Cors = Added == Added.Cors ? new CorsOptions { AllowedOrigins = [Origin] } : null,
            },
            extensions: new GatewayExtensions
            {
                TokenCheck = static (token, _) => ValueTask.FromResult(TokenResult.Valid(new UserContext(token, null, [], [], null, null))),
                Stages = Added == Added.OwnStage ? [new GatewayStage(StagePosition.BeforeProxying, static next => context => next(context))] : [],
                TransformRequest = Added == Added.OwnTransforms ? static (_, _) => { } : null,
                TransformResponse = Added == Added.OwnTransforms ? static (_, _) => { } : null,
            });
        _handler = new AtOnce(_answer);
        _pipeline.Parts.Connections[0].Dispose();
        _pipeline.Parts.Connections[0] = _connections = new ServiceConnections(service, _handler);
        _http.Connection.RemoteIpAddress = IPAddress.Loopback;
        Listen(_pipeline.Lasting.Traces);
    }

    [GlobalCleanup]
    public Task EndAsync() => DisposeAsync().AsTask();

    private void Listen(GatewayTraces traces)
    {
        if (Added < Added.SpanNotSampled)
        {
            return;
        }

        traces.SampleRatio = Added == Added.SpanNotSampled ? 0 : null;
        ActivitySamplingResult result = Added == Added.SpanDeclined ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.AllDataAndRecorded;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => ReferenceEquals(source, traces.Source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => result,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public async ValueTask DisposeAsync()
    {
        _listener?.Dispose();
        await _pipeline.DisposeAsync();
        _connections.Dispose();
        _handler.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public Task Forwarded() => RunAsync("/api/products/42?x=1");

    [Benchmark]
    public Task RefusedForWantOfARoute() => RunAsync("/api/nothing");

    private Task RunAsync(string target)
    {
        HttpRequest request = _http.Request;
        (request.Method, request.Protocol, request.Scheme, request.Host) = ("GET", "HTTP/1.1", "http", new HostString("gateway.example"));
        _http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        int query = target.IndexOf('?', StringComparison.Ordinal);
        (request.Path, request.QueryString) = query < 0 ? (target, default) : (target[..query], new QueryString(target[query..]));
        request.Headers.UserAgent = "benchmark/1";
        request.Headers.Authorization = Added is Added.Authentication or Added.AuthenticationAndLimitByUser ? "Bearer alice" : default;
        request.Headers.Origin = Added == Added.Cors ? Origin : default;
        _http.Response.Clear();
        _http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        return _pipeline.InvokeAsync(_http);
    }

    private sealed class AtOnce(byte[] answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = new HttpResponseMessage { Content = new ByteArrayContent(answer), Version = HttpVersion.Version11 };
            response.Content.Headers.ContentLength = answer.Length;
            return Task.FromResult(response);
        }
    }
}
