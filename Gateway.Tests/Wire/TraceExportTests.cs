using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Host.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>Spans as a receiver of the OpenTelemetry protocol gets them. Alone, since the SDK listens to every gateway in the process.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed partial class TraceExportTests : OtlpScene
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736", Caller = "00f067aa0ba902b7";

    private GatewayOptions Options => TestOptions.For(Service.Url).WithRoute(TestOptions.AnyPath with { Pattern = "/items/{id}" });

    [Theory]
    [InlineData(OtlpProtocol.Grpc)]
    [InlineData(OtlpProtocol.HttpProtobuf)]
    internal async Task Request_IsAServerSpanWithAnAttemptBelow(OtlpProtocol protocol)
    {
        TelemetryOptions telemetry = Receiver.Options(protocol) with { ServiceName = "edge", InstanceId = "edge-1" };
        await using TestGateway gateway = await TestGateway.StartTracedAsync(Options, telemetry);

        string seen = await gateway.GetToTheEndAsync("/items/7?password=hunter2", ("User-Agent", "test/1"));
        string id = CorrelationId().Match(seen).Groups[1].Value;
        (OtlpSpan server, OtlpSpan[] attempts) = await Receiver.SpansOfAsync(id);

        (server.Name, server.Kind, server.Scope, server.ParentSpanId, server.Status).Should().Be(("GET /items/{id}", OtlpSpan.Server, "Gateway", "", OtlpSpan.Unset));
        server.Attributes.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["http.request.method"] = "GET",
            ["url.path"] = "/items/7",
            ["url.scheme"] = "http",
            ["client.address"] = "127.0.0.1",
            ["user_agent.original"] = "test/1",
            ["network.protocol.version"] = "1.1",
            ["correlation_id"] = id,
            ["http.route"] = "/items/{id}",
            ["gateway.route"] = "all",
            ["gateway.service"] = "svc",
            ["http.response.status_code"] = "200",
        });
        OtlpSpan attempt = attempts.Should().ContainSingle().Subject;
        var instance = new Uri(Service.Url);
        (attempt.Name, attempt.Kind, attempt.TraceId, attempt.Status).Should().Be(("GET", OtlpSpan.Client, server.TraceId, OtlpSpan.Unset));
        attempt.Attributes.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["http.request.method"] = "GET",
            ["server.address"] = "127.0.0.1",
            ["server.port"] = $"{instance.Port}",
            ["gateway.instance"] = instance.Authority,
            ["url.full"] = $"{Service.Url}/items/7",
            ["http.response.status_code"] = "200",
        });
        (attempt.Start >= server.Start && attempt.End <= server.End && attempt.End > attempt.Start).Should().BeTrue();
        TraceParent(seen).Should().Be($"00-{server.TraceId}-{attempt.SpanId}-01");
        (await TraceIdOfAsync(gateway, id)).Should().Be(server.TraceId);
        (server.Resource["service.name"], server.Resource["service.instance.id"]).Should().Be(("edge", "edge-1"));
        server.Resource["service.version"].Should().NotBeEmpty();
        Receiver.Keys.Should().OnlyContain(static key => key == "a=1, b%20", "a header's value arrives as it was written");
    }

    [Fact]
    public async Task Retry_IsASecondAttemptBelowTheSameSpan()
    {
        string dead = ScriptedInstance.UnusedUrl();
        await using TestGateway gateway = await TestGateway.StartTracedAsync(TestOptions.For(dead, Service.Url), Receiver.Options());

        // Round robin: one of the two meets the dead instance first.
        string[] seen = [await gateway.GetToTheEndAsync("/a"), await gateway.GetToTheEndAsync("/b")];
        var all = new List<(string Seen, OtlpSpan Server, OtlpSpan[] Attempts)>();
        foreach (string one in seen)
        {
            (OtlpSpan server, OtlpSpan[] attempts) = await Receiver.SpansOfAsync(CorrelationId().Match(one).Groups[1].Value);
            all.Add((one, server, attempts));
        }

        (string body, OtlpSpan request, OtlpSpan[] both) = all.Single(static one => one.Attempts.Length == 2);
        (both[0]["server.port"], both[0].Status, both[0]["error.type"], both[0]["http.request.resend_count"]).Should()
            .Be(($"{new Uri(dead).Port}", OtlpSpan.Error, "connect_failed", null));
        (both[1]["server.port"], both[1].Status, both[1]["error.type"], both[1]["http.request.resend_count"]).Should()
            .Be(($"{new Uri(Service.Url).Port}", OtlpSpan.Unset, null, "1"));
        (request.Status, request["error.type"]).Should().Be((OtlpSpan.Unset, null));
        TraceParent(body).Should().Be($"00-{request.TraceId}-{both[1].SpanId}-01");
    }

    [Fact]
    public async Task RefusedRequests_AreSpansWithTheirReason()
    {
        await using TestAuthService auth = await TestAuthService.StartAsync();
        await using TestGateway gateway = await TestGateway.StartTracedAsync(
            Options.WithRoute(TestOptions.AnyPath with { Pattern = "/items/{id}", Auth = RouteAuth.Required }) with { Auth = new AuthOptions { ServiceUrl = auth.Url } },
            Receiver.Options());
        using HttpResponseMessage missing = await gateway.GetAsync("/items/1", ("X-Correlation-ID", "missing")).ShouldBeRefusedAsync(HttpStatusCode.Unauthorized, "token_missing");
        using HttpResponseMessage nowhere = await gateway.GetAsync("/no", ("X-Correlation-ID", "nowhere"), ("Authorization", "Bearer alice")).ShouldBeRefusedAsync(HttpStatusCode.NotFound, "no_route");
        using HttpResponseMessage bad = await gateway.GetAsync("/a%5cb", ("X-Correlation-ID", "bad")).ShouldBeRefusedAsync(HttpStatusCode.BadRequest, "bad_request");
        using RawConnection raw = await gateway.ConnectAsync();
        await raw.SendAsync("GET /items/2 HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: kestrel\r\nContent-Length: nonsense\r\n\r\n");
        await raw.ReadToEndAsync();

        foreach ((string id, string name, string reason, string status) in new[]
        {
            ("missing", "GET /items/{id}", "token_missing", "401"), ("nowhere", "GET", "no_route", "404"), ("bad", "GET", "bad_request", "400"),
            ("kestrel", "GET", "bad_request", "400"),
        })
        {
            (OtlpSpan server, OtlpSpan[] attempts) = await Receiver.SpansOfAsync(id);
            (server.Name, server["error.type"], server["http.response.status_code"], server.Status).Should().Be((name, reason, status, OtlpSpan.Unset), id);
            attempts.Should().BeEmpty();
        }
    }

    [Fact]
    public async Task AnswersOf500_AndFailures_AreErrors()
    {
        await using TestInstance broken = await TestInstance.StartAsync(static http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        GatewayOptions options = TestOptions.For(broken.Url);
        await using TestGateway gateway = await TestGateway.StartTracedAsync(
            options.WithRoutes(("broken", TestOptions.AnyPath with { Pattern = "/broken" }), ("dead", TestOptions.AnyPath with { Pattern = "/dead", Service = "dead" })) with
            {
                Services = new Dictionary<string, ServiceOptions>(options.Services) { ["dead"] = new() { Instances = [new() { Url = ScriptedInstance.UnusedUrl() }] } },
            },
            Receiver.Options());
        (await gateway.GetAsync("/broken", ("X-Correlation-ID", "answered"))).Dispose();
        (await gateway.GetAsync("/dead", ("X-Correlation-ID", "dead"))).Dispose();

        (OtlpSpan answered, OtlpSpan[] once) = await Receiver.SpansOfAsync("answered");
        (answered.Status, answered["error.type"], answered["http.response.status_code"]).Should().Be((OtlpSpan.Error, "500", "500"));
        once.Should().OnlyContain(static attempt => attempt.Status == OtlpSpan.Error && attempt["error.type"] == "500");
        (OtlpSpan failed, OtlpSpan[] attempts) = await Receiver.SpansOfAsync("dead");
        (failed.Status, failed["error.type"], failed["http.response.status_code"]).Should().Be((OtlpSpan.Error, "connect_failed", "502"));
        attempts.Should().OnlyContain(static attempt => attempt.Status == OtlpSpan.Error && attempt["error.type"] == "connect_failed");
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(0, false)]
    public async Task CallersTrace_GoesOn_AsATrustedCallerDecided_AndElseByTheRatio(double ratio, bool isTrusted)
    {
        TelemetryOptions telemetry = Receiver.Options();
        await using TestGateway gateway = await TestGateway.StartTracedAsync(
            Options with { TrustedProxies = isTrusted ? ["127.0.0.1"] : [] }, telemetry with { Traces = telemetry.Traces with { SampleRatio = ratio } });
        bool TracedAs(bool caller) => isTrusted ? caller : ratio > 0;

        var seen = new Dictionary<string, string>
        {
            ["sampled"] = await gateway.GetAsync("/items/1", ("X-Correlation-ID", "sampled"), ("traceparent", $"00-{Trace}-{Caller}-01"), ("tracestate", "v=1")).ShouldBeOkAsync(),
            ["unsampled"] = await gateway.GetAsync("/items/1", ("X-Correlation-ID", "unsampled"), ("traceparent", $"00-{Trace}-{Caller}-00"), ("tracestate", "v=1")).ShouldBeOkAsync(),
            ["root"] = await gateway.GetAsync("/items/1", ("X-Correlation-ID", "root"), ("tracestate", "v=1")).ShouldBeOkAsync(),
        };

        foreach ((string id, bool isTraced) in new[] { ("sampled", TracedAs(true)), ("unsampled", TracedAs(false)), ("root", ratio > 0) })
        {
            string parent = TraceParent(seen[id]);
            parent.Should().EndWith(isTraced ? "-01" : "-00", id);
            (parent[3..35] == Trace, seen[id].Contains("tracestate: v=1", StringComparison.Ordinal)).Should().Be((id != "root", id != "root"));
            (await TraceIdOfAsync(gateway, id)).Should().Be(parent[3..35], "the log and the service name the same trace");
            if (!isTraced)
            {
                continue;
            }

            (OtlpSpan server, OtlpSpan[] attempts) = await Receiver.SpansOfAsync(id);
            (server.TraceId, server.ParentSpanId, server.TraceState).Should().Be(id == "root" ? (parent[3..35], "", "") : (Trace, Caller, "v=1"));
            parent.Should().Be($"00-{server.TraceId}-{attempts.Single().SpanId}-01");
        }

        // What is left goes when the gateway does.
        await gateway.DisposeAsync();
        Receiver.Spans.Select(static span => span["correlation_id"]).OfType<string>()
            .Should().BeEquivalentTo(seen.Keys.Where(id => TraceParent(seen[id]).EndsWith("-01", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task HealthProbe_IsNoSpan()
    {
        await using TestGateway gateway = await TestGateway.StartTracedAsync(Options, Receiver.Options());
        await gateway.GetToTheEndAsync("/health/live");
        await gateway.GetToTheEndAsync("/health/ready");
        await gateway.GetAsync("/items/1", ("X-Correlation-ID", "after")).ShouldBeOkAsync();

        await Eventually.BecomesAsync(() => Task.FromResult(Receiver.Spans.Count), static count => count == 2);
        Receiver.Spans.Should().OnlyContain(static span => span["url.path"] == "/items/1" || span.Kind == OtlpSpan.Client);
    }

    [Fact]
    public async Task WebSocket_IsASpanUntilItsEnd()
    {
        await using TestInstance live = await TestInstance.StartAsync(WebSockets.Service(static (socket, _) => WebSockets.EchoAsync(socket)));
        await using TestGateway gateway = await TestGateway.StartTracedAsync(
            TestOptions.For(live.Url).WithRoute(TestOptions.AnyPath with { Upgrades = ["websocket"] }), Receiver.Options());
        using ClientWebSocket client = await WebSockets.ConnectAsync(gateway, correlationId: "live");
        await WebSockets.SendAsync(client, "hello");
        await WebSockets.ReceiveTextAsync(client);
        (await gateway.GetAsync("/", ("X-Correlation-ID", "beside"))).Dispose();
        await Receiver.SpansOfAsync("beside");
        Receiver.Spans.Should().NotContain(static span => span["correlation_id"] == "live");

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

        (OtlpSpan server, OtlpSpan[] attempts) = await Receiver.SpansOfAsync("live");
        (server["http.response.status_code"], attempts.Single()["http.response.status_code"]).Should().Be(("101", "101"));
    }

    private static async Task<string?> TraceIdOfAsync(TestGateway gateway, string correlationId)
    {
        JsonElement line = await gateway.LogLineAsync(correlationId);
        return line.GetProperty("trace_id").GetString();
    }

    private static string TraceParent(string seen) => Traceparent().Match(seen).Groups[1].Value;

    [GeneratedRegex("(?mi)^traceparent: ([0-9a-f-]+)$")]
    private static partial Regex Traceparent();

    [GeneratedRegex("(?mi)^X-Correlation-ID: (.+)$")]
    private static partial Regex CorrelationId();
}
