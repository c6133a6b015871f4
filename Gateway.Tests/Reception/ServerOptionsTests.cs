using Gateway.Core.Context;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Reception;

public sealed class ServerOptionsTests
{
    [Theory]
    [InlineData("*", false)]
    [InlineData("/", true)]
    [InlineData("/*", true)]
    public async Task Asterisk_IsAnsweredHereAndAnyPathGoesOn(string path, bool goesOn)
    {
        using var exchange = new FakeExchange("OPTIONS", path);
        GatewayContext context = exchange.Context();
        context.Path = path;
        bool wentOn = false;

        await new ServerOptions(_ =>
        {
            wentOn = true;
            return Task.CompletedTask;
        }).InvokeAsync(context);

        wentOn.Should().Be(goesOn);
        exchange.Headers.Allow.ToString().Should().Be(goesOn ? "" : RequestForm.Methods);
    }
}
