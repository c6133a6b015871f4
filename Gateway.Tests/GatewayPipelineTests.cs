using System.Text.Json;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.RateLimiting;
using Gateway.Core.Responses;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests;

/// <summary>The real pipeline without a server: for a request with two faults the earlier stage answers, and every way out is logged once.</summary>
public sealed partial class GatewayPipelineTests : IAsyncLifetime
{
    private readonly List<AccessLogEntry> _log = [];
    private readonly EventLog _events = EventLog.Create();
    private TestInstance _service = null!;
    private TestInstance _auth = null!;
    private GatewayPipeline _pipeline = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartEchoAsync();
        _auth = await TestInstance.StartAsync(http => http.Response.WriteAsync("""{"user_id":"alice","roles":["customer"]}"""));
        GatewayOptions options = TestOptions.For(_service.Url).WithRoutes(
            ("open", TestOptions.AnyPath with { Pattern = "/open/{**rest}", MaxRequestBodyBytes = 10 }),
            ("get", TestOptions.AnyPath with { Pattern = "/get", Methods = ["GET"] }),
            ("limited", TestOptions.AnyPath with { Pattern = "/limited", Auth = RouteAuth.Required, RateLimits = ["by-ip"] }),
            ("admin", TestOptions.AnyPath with
            {
                Pattern = "/admin",
                Auth = RouteAuth.Required,
                RateLimits = ["by-user"],
                Require = new RequireOptions { Roles = ["admin"] },
            }),
            ("down", TestOptions.AnyPath with { Pattern = "/down", Service = "down" }));
        _pipeline = Pipeline(
            options with
            {
                Services = new Dictionary<string, Core.Backends.ServiceOptions>(options.Services)
                {
                    ["down"] = new()
                    {
                        Instances = [new() { Url = ScriptedInstance.UnusedUrl() }],
                        CircuitBreaker = new() { FailureThreshold = 1 },
                    },
                },
                Auth = new AuthOptions { ServiceUrl = _auth.Url, SkipPaths = ["/skipped"] },
                RateLimits = new Dictionary<string, RateLimitPolicyOptions>
                {
                    ["by-ip"] = new() { Key = RateLimitKeyKind.Ip, Capacity = 1, RefillPerSecond = 0.001 },
                    ["by-user"] = new() { Key = RateLimitKeyKind.User, Capacity = 1, RefillPerSecond = 0.001 },
                },
                DefaultRateLimits = ["by-user"],
                Cors = new CorsOptions { AllowedOrigins = ["https://shop.example"] },
            },
            _events, _log);
    }

    public async Task DisposeAsync()
    {
        await _pipeline.DisposeAsync();
        await _service.DisposeAsync();
        await _auth.DisposeAsync();
    }

    [Fact]
    public async Task GoodRequest_IsAnsweredByItsService()
    {
        using FakeExchange exchange = await ExpectAsync(200, null, "/open/a?b");
        exchange.Written.Should().StartWith("GET /open/a?b\n");
    }

    [Fact]
    public Task MalformedTarget_ComesBeforeHealth() => ExpectAsync(400, "bad_request", "/health/live/..;/live");

    [Fact]
    public async Task Health_ComesBeforeEverythingElse()
    {
        using FakeExchange exchange = await ExpectAsync(200, null, "/health", prepare: http => http.Request.Headers.Authorization = "Bearer a b");
        exchange.Headers["X-Correlation-ID"].Should().ContainSingle();
    }

    [Fact]
    public Task Form_ComesBeforePreflight() => ExpectAsync(400, "bad_request", "/open/a%2Fb", prepare: Preflight);

    [Fact]
    public async Task Preflight_ComesBeforeLimitsAndAuthentication()
    {
        await UseUpAsync("/limited");
        await ExpectAsync(204, null, "/limited", prepare: Preflight);
    }

    [Fact]
    public async Task AddressLimit_ComesBeforeAuthentication()
    {
        await UseUpAsync("/limited");
        await ExpectAsync(429, "rate_limited", "/limited");
    }

    [Theory]
    [InlineData("/admin")]
    [InlineData("/nowhere")]
    public Task Authentication_ComesBeforeAuthorizationAndRouting(string path) => ExpectAsync(401, "token_missing", path);

    [Fact]
    public async Task Authorization_ComesBeforeTheUsersLimit()
    {
        await ExpectAsync(403, "forbidden", "/admin", prepare: Alice);
        using FakeExchange second = await ExpectAsync(403, "forbidden", "/admin", prepare: Alice);
        second.Headers.Should().NotContainKey("RateLimit");
    }

    [Fact]
    public async Task UsersLimit_ComesBeforeRouting()
    {
        await ExpectAsync(404, "no_route", "/nowhere", prepare: Alice);
        await ExpectAsync(429, "rate_limited", "/nowhere", prepare: Alice);
    }

    [Fact]
    public async Task Routing_ComesBeforeTheBreaker()
    {
        await ExpectAsync(502, "connect_failed", "/down");
        await ExpectAsync(503, "circuit_open", "/down");
        await ExpectAsync(405, "method_not_allowed", "/get", "PUT");
        await ExpectAsync(404, "no_route", "/skipped");
    }

    [Fact]
    public async Task BodyOverTheLimit_Is413BeforeAnythingIsSent()
    {
        await ExpectAsync(413, "body_too_large", "/open/a", "POST", http => http.Request.ContentLength = 11);
        _service.Requests.Should().Be(0);
    }

    [Fact]
    public async Task StageThatThrows_Is500WithOneEventAndNoStackTraceInTheAnswer()
    {
        using FakeExchange exchange = await ExpectAsync(500, "internal", "/open/a", prepare: http => Throwing(http, new FormatException("secret")));

        JsonElement.Parse(exchange.Written).TryGetProperty("detail", out _).Should().BeFalse();
        exchange.Written.Should().NotContain("secret").And.NotContain("FormatException").And.NotContain(" at ");
        _events.Written.Should().ContainSingle().Which.Exception.Should().BeOfType<FormatException>();
    }

    [Fact]
    public async Task ClientThatLeavesWithinAStage_Is499InTheLogAlone()
    {
        using var exchange = new FakeExchange(target: "/open/a");
        await exchange.LeaveAsync();
        Throwing(exchange.Http, new OperationCanceledException());

        await _pipeline.InvokeAsync(exchange.Http);

        (_log.Single().StatusCode, _log[0].Error, exchange.WasAborted, exchange.Written).Should().Be((499, "client_closed", true, ""));
    }

    [Fact]
    public async Task CancellationThatIsNotTheClients_IsADefect()
    {
        await ExpectAsync(500, "internal", "/open/a", prepare: http => Throwing(http, new OperationCanceledException()));
        _events.Written.Should().ContainSingle();
    }

    /// <summary>A request that is never counted out would hold up every shutdown for the whole DrainTimeout.</summary>
    [Fact]
    public async Task ErrorThatCannotBeWritten_IsLoggedAndCountedOut()
    {
        using var exchange = new FakeExchange(target: "/nowhere") { WriteFailure = new InvalidOperationException("a defect") };

        await FluentActions.Awaiting(() => _pipeline.InvokeAsync(exchange.Http)).Should().ThrowAsync<InvalidOperationException>("the server tells of it");

        (_pipeline.ActiveRequests, _log.Single().Error).Should().Be((0, "token_missing"));
    }

    [Fact]
    public async Task RequestThatCannotEvenBeOpened_IsCountedOut()
    {
        await FluentActions.Awaiting(() => _pipeline.InvokeAsync(new DefaultHttpContext(new FeatureCollection()))).Should().ThrowAsync<Exception>();
        _pipeline.ActiveRequests.Should().Be(0);
    }

    [Fact]
    public async Task Request_IsUnderWayUntilItIsFinished()
    {
        int within = -1;
        await ExpectAsync(500, "internal", "/open/a", prepare: http => Looking(http, () =>
        {
            within = _pipeline.ActiveRequests;
            throw new FormatException();
        }));
        (within, _pipeline.ActiveRequests).Should().Be((1, 0));
    }

    [Fact]
    public async Task Draining_TurnsReadinessAndAsksClientsToClose()
    {
        await ExpectAsync(200, null, "/health/ready");
        _pipeline.StartDraining();
        using FakeExchange ready = await ExpectAsync(503, null, "/health/ready");
        using FakeExchange served = await ExpectAsync(200, null, "/open/a");
        (ready.Headers.Connection.ToString(), served.Headers.Connection.ToString()).Should().Be(("close", "close"));
    }

    private static GatewayPipeline Pipeline(GatewayOptions options, ILoggerFactory events, List<AccessLogEntry> log) => new(options, events, (in entry) => log.Add(entry));

    private static void Preflight(HttpContext http)
    {
        http.Request.Method = "OPTIONS";
        http.Request.Headers.Origin = "https://shop.example";
        http.Request.Headers.AccessControlRequestMethod = "GET";
    }

    private static void Alice(HttpContext http) => http.Request.Headers.Authorization = "Bearer alice";

    /// <summary>Makes the stage that looks at the body's limit throw.</summary>
    private static void Throwing(HttpContext http, Exception failure) => Looking(http, () => throw failure);

    private static void Looking(HttpContext http, Action looked)
    {
        http.Request.ContentLength = 1;
        http.Features.Set<IHttpMaxRequestBodySizeFeature>(new SizeLimit(looked));
    }

    /// <summary>Takes the one token of the address's bucket.</summary>
    private Task<FakeExchange> UseUpAsync(string path) => ExpectAsync(401, "token_missing", path);

    /// <summary>Sends one request, and holds that it was answered so and logged exactly once.</summary>
    private async Task<FakeExchange> ExpectAsync(int status, string? reason, string target, string method = "GET", Action<HttpContext>? prepare = null)
    {
        _log.Clear();
        var exchange = new FakeExchange(method, target);
        prepare?.Invoke(exchange.Http);
        await _pipeline.InvokeAsync(exchange.Http);
        await exchange.EndAsync();

        exchange.Http.Response.StatusCode.Should().Be(status);
        AccessLogEntry entry = _log.Should().ContainSingle().Subject;
        (entry.StatusCode, entry.Error).Should().Be((status, reason));
        if (reason is not null)
        {
            JsonElement.Parse(exchange.Written).GetProperty("reason").GetString().Should().Be(reason);
        }

        return exchange;
    }

    private sealed class SizeLimit(Action act) : IHttpMaxRequestBodySizeFeature
    {
        public bool IsReadOnly => false;

        public long? MaxRequestBodySize
        {
            get => null;
            set => act();
        }
    }
}
