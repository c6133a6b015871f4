using Gateway.Core;
using Gateway.Core.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class GatewayConfigurationExceptionTests
{
    [Fact]
    public void Message_HasALineForEachError() =>
        FluentActions.Invoking(() => GatewayConfigurationException.ThrowIfInvalid(new GatewayOptions { DefaultRateLimits = ["a\n", "b"] }))
            .Should().Throw<GatewayConfigurationException>().Which.Message.Split('\n').Should().Equal(
                "The gateway's configuration cannot be used:",
                "Gateway:DefaultRateLimits:0: there is no rate limit 'a\\u000a'",
                "Gateway:DefaultRateLimits:1: there is no rate limit 'b'");

    [Fact]
    public void ValidOptions_ComeBack()
    {
        var options = new GatewayOptions();

        GatewayConfigurationException.ThrowIfInvalid(options).Should().BeSameAs(options);
    }
}
