using Gateway.Core;
using Gateway.Host.Serving;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Serving;

public sealed class ConnectionLimitTests
{
    [Theory]
    [InlineData("20000", 9925)]
    [InlineData("1024", 437)]
    [InlineData("256", 53)]
    [InlineData("100", 16)]
    public void Limit_IsHalfOfTheDescriptorsLessTheReserve(string files, int expected) =>
        ConnectionLimit.From($"Limit   Soft Limit  Hard Limit\nMax open files            {files}                1048576              files     \n")
            .Should().Be(expected);

    [Theory]
    [InlineData("")]
    [InlineData("Max open files            unlimited            unlimited            files")]
    public void NoLimit_IsNone(string limits) => ConnectionLimit.From(limits).Should().BeNull();

    [Fact]
    public void ThisProcess_HasALimitOnLinux() => (ConnectionLimit.OfThisProcess() is not null).Should().Be(OperatingSystem.IsLinux());

    [Fact]
    public async Task ConnectionOnTheLimit_IsServedAndOneOverItIsClosedAtOnce()
    {
        GatewayOptions options = TestOptions.For("http://127.0.0.1:9");
        await using TestGateway gateway = await TestGateway.StartLimitedAsync(options, maxConnections: 2);
        using RawConnection first = await gateway.ConnectAsync();
        using RawConnection second = await gateway.ConnectAsync();
        await first.SendAsync("GET /health/live HTTP/1.1\r\nHost: g\r\n\r\n");
        await second.SendAsync("GET /health/live HTTP/1.1\r\nHost: g\r\n\r\n");
        (await first.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 200 ");
        (await second.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 200 ");

        using RawConnection third = await gateway.ConnectAsync();

        (await third.ReadToEndAsync()).Should().BeEmpty();
    }
}
