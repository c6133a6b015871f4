using System.Diagnostics;
using System.Net;
using BenchmarkDotNet.Attributes;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Proxying;
using Gateway.Core.RateLimiting;
using Gateway.Core.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Benchmarks.Micro;

/// <summary>Who wants spans of a request.</summary>
public enum Spans
{
    /// <summary>Nobody.</summary>
    Unheard,

    /// <summary>Somebody, but not of this one: the gateway decides.</summary>
    NotSampled,

    /// <summary>Somebody, but not of this one, and he decides himself when he is asked, as in a program that embeds the core.</summary>
    Declined,

    /// <summary>Somebody. They are made; sending them is another's work.</summary>
    Sampled,
}

/// <summary>A request's whole way through the pipeline, before an instance that answers at once and without a network; the rest is Kestrel's.</summary>
[MemoryDiagnoser]
public class PipelineBenchmarks : IAsyncDisposable
{
    private readonly byte[] _answer = new byte[200];
    private readonly DefaultHttpContext _http = new();
    private GatewayPipeline _pipeline = null!;
    private ServiceConnections _connections = null!;
    private AtOnce _handler = null!;
    private ActivityListener? _listener;

    [ParamsAllValues]
    public Spans Spans { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var limit = new RateLimitPolicyOptions { Key = RateLimitKeyKind.Ip, Capacity = 10_000_000, RefillPerSecond = 10_000_000 };
        var service = new ServiceOptions { Instances = [new InstanceOptions { Url = "http://10.0.0.4:8004" }] };
        _pipeline = new GatewayPipeline(new GatewayOptions
        {
            Services = new Dictionary<string, ServiceOptions> { ["product"] = service },
            Routes = new Dictionary<string, RouteOptions>
            {
                ["products"] = new() { Pattern = "/api/products/{**rest}", Service = "product", Auth = RouteAuth.Anonymous, RateLimits = ["per-ip"] },
            },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["per-ip"] = limit },
        }, NullLoggerFactory.Instance, static (in _) => { });
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
        if (Spans == Spans.Unheard)
        {
            return;
        }

        traces.SampleRatio = Spans == Spans.NotSampled ? 0 : null;
        ActivitySamplingResult result = Spans == Spans.Declined ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.AllDataAndRecorded;
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
        request.Headers.UserAgent = "benchmark/1";
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
