using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Responses;
using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Responses;

public sealed class ResponseCompletionTests : IDisposable
{
    private readonly GatewayMetrics _metrics = new();
    private readonly Readings _readings;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly List<AccessLogEntry> _log = [];
    private readonly FakeExchange _exchange = new("PUT", "/a?secret");
    private readonly GatewayContext _context;
    private readonly ResponseCompletion _completion;

    public ResponseCompletionTests()
    {
        _readings = new Readings(_metrics.Meter);
        _completion = new ResponseCompletion(_metrics, (in entry) => _log.Add(entry), _clock);
        _context = new GatewayContext(_exchange.Http, _clock.GetTimestamp()) { CorrelationId = "c-1", TraceParent = _exchange.Context().TraceParent };
    }

    public void Dispose()
    {
        _exchange.Dispose();
        _readings.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task AnswerThatWentThrough_IsLoggedWithAllThatIsKnown()
    {
        _context.Route = Given.Route(new GatewayRouteOptions(), name: "products");
        _context.User = Given.User("u7");
        Given.Attempt(_context, _context.Route.Service);
        _context.EndAttempt();
        (_context.Path, _context.Query, _context.ClientIpText) = ("/a", "?secret", "192.0.2.1");
        (_context.UpstreamMs, _context.BytesIn, _context.BytesOut) = (20, 3, 4);
        _exchange.Http.Request.Headers.UserAgent = "curl/8";
        _exchange.Http.Response.StatusCode = 201;
        _clock.Advance(TimeSpan.FromMilliseconds(25));

        await _completion.FinishAsync(_context);

        _log.Should().Equal(new AccessLogEntry
        {
            Timestamp = _clock.GetUtcNow(),
            Level = LogLevel.Information,
            CorrelationId = "c-1",
            Method = "PUT",
            Path = "/a",
            UserId = "u7",
            BackendService = "service",
            ResponseTimeMs = 25,
            StatusCode = 201,
            Error = null,
            UserAgent = "curl/8",
            ClientIp = "192.0.2.1",
            Route = "products",
            Instance = "10.0.0.1:80",
            Attempts = 1,
            UpstreamMs = 20,
            BytesIn = 3,
            BytesOut = 4,
            TraceParent = _context.TraceParent,
        });
        _exchange.Written.Should().BeEmpty("the service's answer is not touched");
        ShouldHaveCountedOnce("route=products method=PUT status=201 service=service", null);
    }

    [Fact]
    public async Task Refusal_IsAnsweredLoggedAndCountedOnce()
    {
        await _context.Refuse(GatewayError.NoRoute);

        await _completion.FinishAsync(_context);

        ShouldHaveLoggedOnce(404, "no_route", LogLevel.Information);
        ShouldHaveCountedOnce("route=none method=PUT status=404 service=none", "reason=no_route service=none");
        _exchange.Written.Should().Contain("no_route");
        (_log[0].Route, _log[0].BackendService, _log[0].UserId, _log[0].Instance, _log[0].UpstreamMs, _log[0].UserAgent)
            .Should().Be((null, null, null, null, null, null));
    }

    [Fact]
    public async Task AnswerThatBrokeOff_IsLoggedWithTheStatusThatWasSentAndTheReason()
    {
        await _exchange.StartAsync();
        await _context.Refuse(GatewayError.UpstreamReset);

        await _completion.FinishAsync(_context);

        ShouldHaveLoggedOnce(200, "upstream_reset", LogLevel.Warning);
        _exchange.WasAborted.Should().BeTrue();
    }

    [Fact]
    public async Task ClientThatLeft_IsLoggedAs499WhateverHadBeenSent()
    {
        await _exchange.StartAsync();
        await _context.Refuse(GatewayError.ClientClosed);

        await _completion.FinishAsync(_context);

        ShouldHaveLoggedOnce(499, "client_closed", LogLevel.Information);
        ShouldHaveCountedOnce("route=none method=PUT status=499 service=none", "reason=client_closed service=none");
    }

    public static TheoryData<Exception> LeavingClient => [new OperationCanceledException(), new IOException(), new BadHttpRequestException("gone")];

    [Theory]
    [MemberData(nameof(LeavingClient))]
    public async Task ClientThatLeavesWhileItsErrorIsWritten_IsLoggedAsItWouldHaveBeenTold(Exception failure)
    {
        using var traces = new GatewayTraces();
        using var spans = new SpanListener(traces);
        _context.Spans = traces.Begin(new ArrivedRequest("PUT", "/a", "http", "HTTP/1.1", "192.0.2.1", null, "c-1"), default);
        _exchange.WriteFailure = failure;
        await _context.Refuse(GatewayError.RateLimited);

        await _completion.FinishAsync(_context);

        ShouldHaveLoggedOnce(429, "rate_limited", LogLevel.Information);
        ShouldHaveCountedOnce("route=none method=PUT status=429 service=none", "reason=rate_limited service=none");
        (spans.Ended.Single().GetTagItem("http.response.status_code"), spans.Ended.Single().GetTagItem("error.type"))
            .Should().Be((null, "rate_limited"), "no status was sent");
    }

    [Fact]
    public async Task DefectWhileAnErrorIsWritten_IsLoggedAndCountedOnceBeforeItGoesOn()
    {
        _exchange.WriteFailure = new InvalidOperationException("a defect");
        await _context.Refuse(GatewayError.RateLimited);

        await FluentActions.Awaiting(() => _completion.FinishAsync(_context)).Should().ThrowAsync<InvalidOperationException>();

        ShouldHaveLoggedOnce(429, "rate_limited", LogLevel.Information);
        ShouldHaveCountedOnce("route=none method=PUT status=429 service=none", "reason=rate_limited service=none");
    }

    [Theory]
    [InlineData(499, LogLevel.Information)]
    [InlineData(500, LogLevel.Warning)]
    [InlineData(503, LogLevel.Warning)]
    public async Task AnswerOf5xx_IsAWarning(int status, LogLevel level)
    {
        _exchange.Http.Response.StatusCode = status;
        await _completion.FinishAsync(_context);
        ShouldHaveLoggedOnce(status, null, level);
    }

    [Fact]
    public async Task OurOwnDefect_IsAnError()
    {
        await _context.Refuse(GatewayError.Internal);
        await _completion.FinishAsync(_context);
        ShouldHaveLoggedOnce(500, "internal", LogLevel.Error);
    }

    private void ShouldHaveLoggedOnce(int status, string? error, LogLevel level)
    {
        AccessLogEntry entry = _log.Should().ContainSingle().Subject;
        (entry.StatusCode, entry.Error, entry.Level).Should().Be((status, error, level));
    }

    private void ShouldHaveCountedOnce(string request, string? error)
    {
        _readings.Of("gateway_requests_total").Should().Equal((request, 1));
        _readings.Of("gateway_errors_total").Should().Equal(error is null ? [] : [(error, 1d)]);
        _readings.Of("gateway_request_duration_seconds").Should().ContainSingle();
    }
}
