using System.Net;
using BenchmarkDotNet.Attributes;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Proxying;
using Gateway.Core.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Benchmarks.Micro;

/// <summary>A request's whole way through the pipeline, before an instance that answers at once and without a network; the rest is Kestrel's.</summary>
[MemoryDiagnoser]
public class PipelineBenchmarks : IAsyncDisposable
{
    private readonly byte[] _answer = new byte[200];
    private readonly DefaultHttpContext _http = new();
    private GatewayPipeline _pipeline = null!;
    private ServiceConnections _connections = null!;
    private AtOnce _handler = null!;

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
    }

    [GlobalCleanup]
    public Task EndAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
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
