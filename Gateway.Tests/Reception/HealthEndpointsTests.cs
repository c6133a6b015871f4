using Gateway.Core.Context;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Reception;

public sealed class HealthEndpointsTests
{
    private readonly InFlightRequests _requests = new();
    private bool _isStarting;
    private bool _wentOn;

    [Theory]
    [InlineData("/health", """{"status":"ok"}""")]
    [InlineData("/health/live", """{"status":"ok"}""")]
    [InlineData("/health/ready", """{"status":"ready"}""")]
    public Task Get_Answers200(string path, string body) => ExpectAsync("GET", path, 200, body);

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    public Task LiveWhileDraining_StaysUp(string path)
    {
        _requests.StartDraining();
        return ExpectAsync("GET", path, 200, """{"status":"ok"}""");
    }

    [Fact]
    public Task ReadyWhileDraining_Is503()
    {
        _requests.StartDraining();
        return ExpectAsync("GET", "/health/ready", 503, """{"status":"draining"}""");
    }

    [Fact]
    public Task ReadyWhileServicesAreNotFoundYet_Is503()
    {
        _isStarting = true;
        return ExpectAsync("GET", "/health/ready", 503, """{"status":"starting"}""");
    }

    [Fact]
    public Task LiveWhileServicesAreNotFoundYet_IsUp()
    {
        _isStarting = true;
        return ExpectAsync("GET", "/health/live", 200, """{"status":"ok"}""");
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public Task Head_AnswersTheSameWithoutABody(string path) => ExpectAsync("HEAD", path, 200, "");

    [Theory]
    [InlineData("GET", "/healthy")]
    [InlineData("GET", "/health/")]
    [InlineData("GET", "/health/live/x")]
    [InlineData("GET", "/Health")]
    [InlineData("GET", "/")]
    [InlineData("POST", "/health")]
    [InlineData("DELETE", "/health/ready")]
    public async Task AnythingElse_GoesOn(string method, string path)
    {
        using FakeExchange exchange = await RunAsync(method, path);

        _wentOn.Should().BeTrue();
        exchange.Written.Should().BeEmpty();
    }

    private async Task ExpectAsync(string method, string path, int status, string body)
    {
        using FakeExchange exchange = await RunAsync(method, path);

        _wentOn.Should().BeFalse();
        (exchange.Http.Response.StatusCode, exchange.Written).Should().Be((status, body));
        exchange.Headers.ContentType.ToString().Should().Be("application/json");
        exchange.Headers.CacheControl.ToString().Should().Be("no-store");
        exchange.Headers.ContentLength.Should().BePositive();
    }

    private async Task<FakeExchange> RunAsync(string method, string path)
    {
        var exchange = new FakeExchange(method, path);
        GatewayContext context = exchange.Context();
        context.Path = path;
        await new HealthEndpoints(_ =>
        {
            _wentOn = true;
            return Task.CompletedTask;
        }, _requests, () => _isStarting).InvokeAsync(context);
        return exchange;
    }
}
