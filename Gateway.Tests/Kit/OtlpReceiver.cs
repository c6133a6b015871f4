using System.Collections.Concurrent;
using System.Net;
using Gateway.Host.Serving;
using Gateway.Host.Telemetry;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Kit;

/// <summary>A receiver of the OpenTelemetry protocol on loopback: gRPC by Grpc.AspNetCore, and protobuf over HTTP/1.1.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly ConcurrentQueue<string> _metrics = new();
    private readonly ConcurrentQueue<string?> _keys = new();
    private WebApplication _app = null!;
    private int _batches;

    private OtlpReceiver()
    {
    }

    /// <summary>Spans that were taken.</summary>
    public IReadOnlyCollection<OtlpSpan> Spans => _spans;

    /// <summary>Names of metrics that were taken.</summary>
    public IReadOnlyCollection<string> Metrics => _metrics;

    /// <summary>The value of the header <c>x-key</c> of each batch.</summary>
    public IReadOnlyCollection<string?> Keys => _keys;

    /// <summary>Batches that arrived, taken or not.</summary>
    public int Batches => Volatile.Read(ref _batches);

    /// <summary>False: it says that it is not available.</summary>
    public bool Takes { get; set; } = true;

    /// <summary>What a batch waits for before it is looked at.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        WebApplicationBuilder builder = EmptyApplication.CreateBuilder(NullLoggerFactory.Instance);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddSingleton(new OtlpTraceService(receiver.TakeAsync)).AddSingleton(new OtlpMetricService(receiver.TakeAsync));
        builder.Services.AddGrpc();
        WebApplication app = receiver._app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<OtlpTraceService>();
        app.MapGrpcService<OtlpMetricService>();
        app.MapPost("/v1/{signal}", receiver.PostAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>Options that send to it soon.</summary>
    public TelemetryOptions Options(OtlpProtocol protocol = OtlpProtocol.Grpc) => new()
    {
        Otlp = new OtlpOptions
        {
            Endpoint = _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses
                .ElementAt(protocol == OtlpProtocol.Grpc ? 0 : 1),
            Protocol = protocol,
            Headers = new Dictionary<string, string> { ["x-key"] = "a=1, b%20" },
        },
        Traces = new SpanOptions { Interval = TimeSpan.FromMilliseconds(100) },
    };

    /// <summary>The spans of a request with this correlation id, its attempts in order; waits for its server span, which comes after them.</summary>
    public async Task<(OtlpSpan Server, OtlpSpan[] Attempts)> SpansOfAsync(string correlationId)
    {
        OtlpSpan? Server() => _spans.SingleOrDefault(span => span["correlation_id"] == correlationId);
        OtlpSpan? server = await Eventually.BecomesAsync(() => Task.FromResult(Server()), static span => span is not null);
        server.Should().NotBeNull("the request {0} has a span", correlationId);
        return (server!, [.. _spans.Where(span => span.ParentSpanId == server!.SpanId).OrderBy(static span => span.Start)]);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task PostAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        http.Response.ContentType = http.Request.ContentType;
        http.Response.StatusCode = await TakeAsync((string)http.Request.RouteValues["signal"]!, body.ToArray(), http.Request.Headers["x-key"]) ? 200 : 503;
    }

    private async Task<bool> TakeAsync(string signal, byte[] request, string? key)
    {
        Interlocked.Increment(ref _batches);
        await Gate;
        if (!Takes)
        {
            return false;
        }

        _keys.Enqueue(key);
        foreach (OtlpSpan span in signal == "traces" ? OtlpMessages.Spans(request) : [])
        {
            _spans.Enqueue(span);
        }

        foreach (string name in signal == "metrics" ? OtlpMessages.MetricNames(request) : [])
        {
            _metrics.Enqueue(name);
        }

        return true;
    }
}

/// <summary>Takes a signal's batch with the value of <c>x-key</c>; false when it is not taken.</summary>
internal delegate Task<bool> TakeBatch(string signal, byte[] request, string? key);

/// <summary>The service for spans in the form in which Grpc.AspNetCore looks for it: what protoc would generate, but for messages, which stay bytes.</summary>
[BindServiceMethod(typeof(OtlpTraceServiceBase), nameof(Bind))]
internal abstract class OtlpTraceServiceBase
{
    public static void Bind(ServiceBinderBase binder, OtlpTraceServiceBase? service) =>
        binder.AddMethod(OtlpGrpc.Export("trace.v1.TraceService"), service is null ? null : service.Export);

    public abstract Task<byte[]> Export(byte[] request, ServerCallContext context);
}

/// <summary>The same for metrics.</summary>
[BindServiceMethod(typeof(OtlpMetricServiceBase), nameof(Bind))]
internal abstract class OtlpMetricServiceBase
{
    public static void Bind(ServiceBinderBase binder, OtlpMetricServiceBase? service) =>
        binder.AddMethod(OtlpGrpc.Export("metrics.v1.MetricsService"), service is null ? null : service.Export);

    public abstract Task<byte[]> Export(byte[] request, ServerCallContext context);
}

internal sealed class OtlpTraceService(TakeBatch take) : OtlpTraceServiceBase
{
    public override Task<byte[]> Export(byte[] request, ServerCallContext context) => OtlpGrpc.ExportAsync(take, "traces", request, context);
}

internal sealed class OtlpMetricService(TakeBatch take) : OtlpMetricServiceBase
{
    public override Task<byte[]> Export(byte[] request, ServerCallContext context) => OtlpGrpc.ExportAsync(take, "metrics", request, context);
}

/// <summary>What the services have in common.</summary>
internal static class OtlpGrpc
{
    public static Method<byte[], byte[]> Export(string service)
    {
        Marshaller<byte[]> bytes = Marshallers.Create(static message => message, static message => message);
        return new Method<byte[], byte[]>(MethodType.Unary, $"opentelemetry.proto.collector.{service}", "Export", bytes, bytes);
    }

    public static async Task<byte[]> ExportAsync(TakeBatch take, string signal, byte[] request, ServerCallContext context) =>
        await take(signal, request, context.RequestHeaders.GetValue("x-key")) ? [] : throw new RpcException(new Status(StatusCode.Unavailable, "not now"));
}
