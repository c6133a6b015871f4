using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Reception;

public sealed class MaxForwardsTests
{
    private bool _wentOn;

    [Theory]
    [InlineData("1", 0)]
    [InlineData("007", 6)]
    [InlineData("2147483647", 2147483646)]
    [InlineData("2147483648", 2147483646)]
    public async Task Options_GoesOnWithOneLess(string sent, int expected)
    {
        GatewayContext context = await RunAsync("OPTIONS", sent);

        (_wentOn, context.MaxForwards).Should().Be((true, expected));
    }

    [Fact]
    public async Task OptionsWithNoneLeft_EndsHereWithWhatTheRouteAllows()
    {
        GatewayContext context = await RunAsync("OPTIONS", "0");

        _wentOn.Should().BeFalse();
        context.Http.Response.StatusCode.Should().Be(200);
        context.Http.Response.Headers.Allow.ToString().Should().Be("GET, OPTIONS");
        context.Http.Response.ContentLength.Should().Be(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.0")]
    [InlineData(" 1")]
    [InlineData("1", "1")]
    public async Task OptionsWithoutANumber_IsBadRequest(params string[] sent)
    {
        GatewayContext context = await RunAsync("OPTIONS", sent);

        (_wentOn, context.Error).Should().Be((false, GatewayError.BadRequest));
    }

    [Theory]
    [InlineData("GET", "0")]
    [InlineData("POST", "x")]
    public async Task OtherMethod_GoesOnUntouched(string method, string sent)
    {
        GatewayContext context = await RunAsync(method, sent);

        (_wentOn, context.MaxForwards).Should().Be((true, null));
    }

    private async Task<GatewayContext> RunAsync(string method, params string[] sent)
    {
        using var exchange = new FakeExchange(method);
        exchange.Http.Request.Headers[MaxForwards.Header] = sent;
        GatewayContext context = exchange.Context();
        context.Route = Given.Route(new GatewayRouteOptions { Methods = ["GET", "OPTIONS"] });
        await new MaxForwards(_ =>
        {
            _wentOn = true;
            return Task.CompletedTask;
        }).InvokeAsync(context);
        return context;
    }
}
