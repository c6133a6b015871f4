using System.Diagnostics;
using Gateway.Core.Errors;
using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Telemetry;

public sealed class RequestSpansTests : IDisposable
{
    private static readonly Uri Address = new("http://[::1]:8004");

    private readonly GatewayTraces _traces = new();
    private readonly SpanListener _listener;

    public RequestSpansTests() => _listener = new SpanListener(_traces);

    public void Dispose()
    {
        _listener.Dispose();
        _traces.Dispose();
    }

    [Fact]
    public void RoutedRequest_IsNamedByMethodAndPattern()
    {
        Begin().End("products", "/api/products/{**rest}", "product", 200, null);

        Activity span = _listener.Ended.Single();
        span.DisplayName.Should().Be("GET /api/products/{**rest}");
        (span.GetTagItem("http.route"), span.GetTagItem("gateway.route"), span.GetTagItem("gateway.service")).Should()
            .Be(("/api/products/{**rest}", "products", "product"));
        (span.Status, span.GetTagItem("error.type")).Should().Be((ActivityStatusCode.Unset, null));
    }

    [Theory]
    [InlineData(399, null, ActivityStatusCode.Unset)]
    [InlineData(404, null, ActivityStatusCode.Unset)]
    [InlineData(500, "500", ActivityStatusCode.Error)]
    [InlineData(503, "503", ActivityStatusCode.Error)]
    public void AnswerOfTheService_IsAnErrorFrom500On(int status, string? type, ActivityStatusCode code)
    {
        Begin().End(null, null, null, status, null);

        Activity span = _listener.Ended.Single();
        (span.Status, span.GetTagItem("error.type"), span.GetTagItem("http.response.status_code")).Should().Be((code, type, status));
    }

    [Theory]
    [InlineData(GatewayError.TokenMissing, 401, "token_missing", ActivityStatusCode.Unset)]
    [InlineData(GatewayError.CircuitOpen, 503, "circuit_open", ActivityStatusCode.Error)]
    [InlineData(GatewayError.UpstreamReset, 200, "upstream_reset", ActivityStatusCode.Error)]
    [InlineData(GatewayError.ClientClosed, null, "client_closed", ActivityStatusCode.Unset)]
    internal void ErrorOfTheGateway_IsItsReason(GatewayError error, int? status, string type, ActivityStatusCode code)
    {
        Begin().End(null, null, null, status, error.Row());

        Activity span = _listener.Ended.Single();
        (span.Status, span.GetTagItem("error.type"), span.GetTagItem("http.response.status_code")).Should().Be((code, type, status));
    }

    [Fact]
    public void Attempt_IsAClientSpanUnderTheRequests()
    {
        RequestSpans spans = Begin();
        spans.BeginAttempt(Address, "[::1]:8004", 1);
        spans.AttemptAddressed(new Uri("http://[::1]:8004/products/1?secret"));
        spans.AttemptAnswered(200);
        spans.EndAttempt(null);
        spans.End("r", "/", "s", 200, null);

        Activity attempt = _listener.Ended.First(), request = _listener.Ended.Last();
        (attempt.Kind, attempt.DisplayName, attempt.Status).Should().Be((ActivityKind.Client, "GET", ActivityStatusCode.Unset));
        (attempt.TraceId, attempt.ParentSpanId).Should().Be((request.TraceId, request.SpanId));
        attempt.TagObjects.Should().Equal(
            new("http.request.method", "GET"), new("server.address", "::1"), new("server.port", 8004), new("gateway.instance", "[::1]:8004"),
            new("url.full", "http://[::1]:8004/products/1"), new("http.response.status_code", 200));
    }

    [Fact]
    public void LaterAttempts_CountFromTheFirst()
    {
        RequestSpans spans = Begin();
        foreach (int number in (int[])[1, 2, 3])
        {
            spans.BeginAttempt(Address, "i", number);
            spans.EndAttempt(number < 3 ? GatewayError.ConnectFailed.Row() : null);
        }

        _listener.Ended.Select(static span => (span.GetTagItem("http.request.resend_count"), span.Status, span.GetTagItem("error.type"))).Should().Equal(
            (null, ActivityStatusCode.Error, "connect_failed"), (1, ActivityStatusCode.Error, "connect_failed"), (2, ActivityStatusCode.Unset, null));
    }

    [Theory]
    [InlineData(404, "404", ActivityStatusCode.Error)]
    [InlineData(500, "500", ActivityStatusCode.Error)]
    [InlineData(101, null, ActivityStatusCode.Unset)]
    public void AttemptsAnswer_IsAnErrorFrom400On(int status, string? type, ActivityStatusCode code)
    {
        RequestSpans spans = Begin();
        spans.BeginAttempt(Address, "i", 1);
        spans.AttemptAnswered(status);
        spans.EndAttempt(null);

        (_listener.Ended.Single().Status, _listener.Ended.Single().GetTagItem("error.type")).Should().Be((code, type));
    }

    [Fact]
    public void ClientThatLeft_IsNoErrorOfTheInstance()
    {
        RequestSpans spans = Begin();
        spans.BeginAttempt(Address, "i", 1);
        spans.EndAttempt(GatewayError.ClientClosed.Row());

        (_listener.Ended.Single().Status, _listener.Ended.Single().GetTagItem("error.type")).Should().Be((ActivityStatusCode.Unset, "client_closed"));
    }

    [Fact]
    public void EndWithoutAnAttempt_IsNothing()
    {
        RequestSpans spans = Begin();
        spans.EndAttempt(null);
        spans.AttemptAnswered(500);
        spans.AttemptAddressed(Address);
        _listener.Ended.Should().BeEmpty();
    }

    [Fact]
    public void TraceParent_IsTheAttempts_ThenTheRequestsAgain()
    {
        RequestSpans spans = Begin();
        string ofRequest = spans.TraceParent;
        spans.BeginAttempt(Address, "i", 1);
        string ofAttempt = spans.TraceParent;
        spans.EndAttempt(null);

        Activity attempt = _listener.Ended.Single();
        ofAttempt.Should().Be($"00-{attempt.TraceId}-{attempt.SpanId}-01");
        ofRequest.Should().Be($"00-{attempt.TraceId}-{attempt.ParentSpanId}-01").And.Be(spans.TraceParent);
    }

    [Theory]
    [InlineData(0x00, "01")]
    [InlineData(0x01, "01")]
    [InlineData(0x03, "03")]
    [InlineData(0xfe, "ff")]
    public void FlagsOfTheCallerThatWeDoNotKnow_GoOn(int sent, string flags)
    {
        var caller = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), (ActivityTraceFlags)sent, null, isRemote: true);
        Begin(caller).TraceParent.Should().EndWith($"-{flags}");
    }

    [Fact]
    public void SpanThatIsRecordedButNotSampled_SaysSo()
    {
        using var traces = new GatewayTraces();
        using var listener = new SpanListener(traces, ActivitySamplingResult.AllData);
        traces.Begin(new ArrivedRequest("GET", "/", "http", "HTTP/1.1", "192.0.2.1", null, "c"), default)!.TraceParent.Should().EndWith("-00");
    }

    private RequestSpans Begin(ActivityContext caller = default) =>
        _traces.Begin(new ArrivedRequest("GET", "/", "http", "HTTP/1.1", "192.0.2.1", null, "c"), caller)!;
}
