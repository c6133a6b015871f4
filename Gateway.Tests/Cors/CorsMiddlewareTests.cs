using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.Errors;
using Gateway.Core.Responses;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Cors;

public sealed class CorsMiddlewareTests
{
    private static readonly CorsOptions Options = new()
    {
        AllowedOrigins = ["https://shop.example", "https://admin.example"],
        AllowCredentials = true,
    };

    private bool _wentOn;

    [Fact]
    public async Task Preflight_IsAnsweredWithItsGrant()
    {
        using FakeExchange exchange = Preflight("https://shop.example", "PUT", "content-type, x-correlation-id");

        await RunAsync(exchange, Options);

        (_wentOn, exchange.Http.Response.StatusCode).Should().Be((false, 204));
        Grants(exchange).Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["Access-Control-Allow-Origin"] = "https://shop.example",
            ["Access-Control-Allow-Methods"] = "GET,POST,PUT,DELETE,OPTIONS",
            ["Access-Control-Allow-Headers"] = "Content-Type,Authorization,X-Correlation-ID",
            ["Access-Control-Allow-Credentials"] = "true",
            ["Access-Control-Max-Age"] = "300",
        });
        exchange.Headers.Vary.ToString().Should().Contain("Origin");
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("https://shop.example.evil.example")]
    [InlineData("http://shop.example")]
    [InlineData("null")]
    public async Task PreflightOfAForeignOrigin_IsAnsweredWithoutAnyGrant(string origin)
    {
        using FakeExchange exchange = Preflight(origin, "PUT");

        await RunAsync(exchange, Options);

        (_wentOn, exchange.Http.Response.StatusCode).Should().Be((false, 204));
        Grants(exchange).Should().BeEmpty();
    }

    [Fact]
    public async Task RequestOfAnAllowedOrigin_GoesOnAndIsGrantedWhenItsResponseStarts()
    {
        using var exchange = new FakeExchange();
        exchange.Http.Request.Headers.Origin = "https://shop.example";

        await RunAsync(exchange, Options, _ =>
        {
            Grants(exchange).Should().BeEmpty("nothing is written before the response starts");
            return Task.CompletedTask;
        });

        _wentOn.Should().BeTrue();
        Grants(exchange).Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["Access-Control-Allow-Origin"] = "https://shop.example",
            ["Access-Control-Allow-Credentials"] = "true",
            ["Access-Control-Expose-Headers"] = "X-Correlation-ID,RateLimit,RateLimit-Policy,Retry-After",
        });
        exchange.Headers.Vary.ToString().Should().Contain("Origin");
    }

    /// <summary>Without the grant the page could not read why it was refused.</summary>
    [Fact]
    public async Task ErrorForAnAllowedOrigin_CarriesItsGrant()
    {
        using var exchange = new FakeExchange();
        exchange.Http.Request.Headers.Origin = "https://shop.example";

        await RunAsync(exchange, Options, async context =>
        {
            await context.Refuse(GatewayError.TokenMissing);
            await ErrorResponder.RespondAsync(context);
        });

        exchange.Http.Response.StatusCode.Should().Be(401);
        Grants(exchange).Should().ContainKey("Access-Control-Allow-Origin").And.ContainKey("Access-Control-Expose-Headers");
    }

    [Fact]
    public async Task RequestOfAForeignOrigin_GoesOnWithoutAGrant()
    {
        using var exchange = new FakeExchange();
        exchange.Http.Request.Headers.Origin = "https://evil.example";

        await RunAsync(exchange, Options);

        _wentOn.Should().BeTrue();
        Grants(exchange).Should().BeEmpty();
    }

    [Fact]
    public async Task RequestWithoutAnOrigin_IsLeftAlone()
    {
        using var exchange = new FakeExchange();

        await RunAsync(exchange, Options);

        _wentOn.Should().BeTrue();
        exchange.Headers.Should().BeEmpty();
    }

    [Fact]
    public async Task OptionsThatIsNoPreflight_GoesOn()
    {
        using var exchange = new FakeExchange("OPTIONS");
        exchange.Http.Request.Headers.Origin = "https://shop.example";

        await RunAsync(exchange, Options);

        _wentOn.Should().BeTrue();
    }

    [Fact]
    public async Task Star_GrantsEveryOrigin()
    {
        using FakeExchange exchange = Preflight("https://anyone.example", "GET");

        await RunAsync(exchange, new CorsOptions { AllowedOrigins = ["*"] });

        Grants(exchange)["Access-Control-Allow-Origin"].Should().Be("*");
        Grants(exchange).Should().NotContainKey("Access-Control-Allow-Credentials");
    }

    private static FakeExchange Preflight(string origin, string method, string? headers = null)
    {
        var exchange = new FakeExchange("OPTIONS");
        exchange.Http.Request.Headers.Origin = origin;
        exchange.Http.Request.Headers.AccessControlRequestMethod = method;
        exchange.Http.Request.Headers.AccessControlRequestHeaders = headers;
        return exchange;
    }

    private static Dictionary<string, string> Grants(FakeExchange exchange) =>
        exchange.Headers.Where(header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(header => header.Key, header => header.Value.ToString());

    private async Task RunAsync(FakeExchange exchange, CorsOptions options, GatewayStep? next = null)
    {
        var stage = new CorsMiddleware(context =>
        {
            _wentOn = true;
            return next is null ? Task.CompletedTask : next(context);
        }, options, NullLoggerFactory.Instance);
        await stage.InvokeAsync(exchange.Context());
        await exchange.StartAsync();
    }
}
