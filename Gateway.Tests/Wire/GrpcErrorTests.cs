using System.Net;
using System.Text.Json;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Grpc.Core;

namespace Gateway.Tests.Wire;

/// <summary>What a gRPC client is told when the gateway answers by itself.</summary>
public sealed class GrpcErrorTests
{
    [Fact]
    public async Task MissingToken_IsUnauthenticated() => await ExpectAsync(
        new GrpcExpectation(StatusCode.Unauthenticated, "token_missing", 401),
        options => options.WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required }) with { Auth = new() { ServiceUrl = ScriptedInstance.UnusedUrl() } });

    [Fact]
    public async Task UnknownPath_IsUnimplemented() => await ExpectAsync(
        new GrpcExpectation(StatusCode.Unimplemented, "no_route", 404),
        options => options.WithRoute(TestOptions.AnyPath with { Pattern = "/other" }) with { Auth = new() { SkipPaths = ["/**"] } });

    [Fact]
    public async Task WrongMethod_IsUnimplemented() => await ExpectAsync(
        new GrpcExpectation(StatusCode.Unimplemented, "method_not_allowed", 405),
        options => options.WithRoute(TestOptions.AnyPath with { Methods = ["GET"] }));

    [Fact]
    public async Task RateLimit_IsResourceExhaustedWithRetryAfter()
    {
        RpcException failure = await ExpectAsync(
            new GrpcExpectation(StatusCode.ResourceExhausted, "rate_limited", 429),
            options => options.WithRoute(TestOptions.AnyPath with { RateLimits = ["one"] }) with
            {
                RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["one"] = new() { Key = RateLimitKeyKind.Ip, Capacity = 1, RefillPerSecond = 0.01 } },
            },
            calls: 2);

        int.Parse(failure.Trailers.GetValue("retry-after")!, System.Globalization.CultureInfo.InvariantCulture).Should().BeInRange(1, 100);
    }

    [Fact]
    public async Task BodyOverTheLimit_IsResourceExhausted() => await ExpectAsync(
        new GrpcExpectation(StatusCode.ResourceExhausted, "body_too_large", 413),
        options => options.WithRoute(TestOptions.AnyPath with { MaxRequestBodyBytes = 4 }));

    [Fact]
    public async Task RefusedConnection_IsUnavailable() => await ExpectAsync(
        new GrpcExpectation(StatusCode.Unavailable, "connect_failed", 502),
        static _ => TestOptions.For(new ServiceOptions { Http2 = true }, ScriptedInstance.UnusedUrl()));

    [Fact]
    public async Task SilentService_IsDeadlineExceeded() => await ExpectAsync(
        new GrpcExpectation(StatusCode.DeadlineExceeded, "upstream_timeout", 504),
        options => options with
        {
            Services = new Dictionary<string, ServiceOptions>
            {
                ["svc"] = options.Services["svc"] with { Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(100) } },
            },
        },
        new TextService
        {
            OnUnary = static async (_, context) =>
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
                return "";
            },
        });

    /// <summary>What stands on the wire: the headers are all there is, and end the response.</summary>
    [Fact]
    public async Task Error_IsTrailersOnlyWithStatus200()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(ScriptedInstance.UnusedUrl()), null, Http2Client.PriorKnowledge);
        using var client = new Http2Client(gateway.Address);

        using HttpResponseMessage response = await client.SendAsync(
            HttpMethod.Post, "/", new ByteArrayContent([]), default, ("Content-Type", "application/grpc+proto"), ("X-Correlation-ID", "mine"));

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/grpc");
        response.Headers.GetValues("grpc-status").Should().Equal("14");
        response.Headers.GetValues("grpc-message").Single().Should().StartWith("connect_failed: ");
        response.Headers.GetValues("X-Correlation-ID").Should().Equal("mine");
        (await response.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
        response.TrailingHeaders.NonValidated.Should().BeEmpty();
    }

    [Theory]
    [InlineData("application/grpc-web")]
    [InlineData("application/json")]
    public async Task RequestThatIsNotGrpc_GetsAProblemDocument(string contentType)
    {
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(ScriptedInstance.UnusedUrl()), null, Http2Client.PriorKnowledge);
        using var client = new Http2Client(gateway.Address);

        await Problems.ExpectAsync(
            gateway,
            await client.SendAsync(HttpMethod.Post, "/", new ByteArrayContent([]), default, ("Content-Type", contentType)),
            HttpStatusCode.BadGateway,
            "connect_failed");
    }

    [Fact]
    public async Task GrpcContentTypeOverHttp1_GetsAProblemDocument()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(ScriptedInstance.UnusedUrl()));

        await Problems.ExpectAsync(
            gateway,
            await gateway.SendAsync(HttpMethod.Post, "/", new ByteArrayContent([]), ("Content-Type", "application/grpc")),
            HttpStatusCode.BadGateway,
            "connect_failed");
    }

    private static async Task<RpcException> ExpectAsync(
        GrpcExpectation expected, Func<GatewayOptions, GatewayOptions> change, TextService? service = null, int calls = 1)
    {
        await using GrpcInstance instance = await GrpcInstance.StartAsync(service ?? new TextService());
        GatewayOptions options = change(TestOptions.For(new ServiceOptions { Http2 = true }, instance.Url));
        await using TestGateway gateway = await TestGateway.StartAsync(options, null, Http2Client.PriorKnowledge);
        using var client = new GrpcClient(gateway.Address);
        for (int i = 1; i < calls; i++)
        {
            await client.Unary("well");
        }

        RpcException failure = await GrpcClient.FailureAsync(client.Unary("text", new CallOptions([new("x-correlation-id", "refused")])).ResponseAsync);

        failure.StatusCode.Should().Be(expected.Code);
        failure.Status.Detail.Should().StartWith($"{expected.Reason}: ");
        failure.Trailers.GetValue("x-correlation-id").Should().Be("refused");
        JsonElement line = await gateway.LogLineAsync("refused");
        line.GetProperty("status_code").GetInt32().Should().Be(expected.Logged, "the log says what the gateway meant");
        line.GetProperty("error").GetString().Should().Be(expected.Reason);
        return failure;
    }

    private sealed record GrpcExpectation(StatusCode Code, string Reason, int Logged);
}
