using Gateway.Core.Proxying;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Primitives;

namespace Gateway.Tests.Proxying;

public sealed class HopByHopTests
{
    [Theory]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("Proxy-Connection")]
    [InlineData("Proxy-Authenticate")]
    [InlineData("Proxy-Authorization")]
    [InlineData("TE")]
    [InlineData("Trailer")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Upgrade")]
    [InlineData("HTTP2-Settings")]
    [InlineData("transfer-encoding")]
    public void FixedHeaders_EndAtTheNextHop(string header) => HopByHop.Contains(header).Should().BeTrue();

    [Theory]
    [InlineData("Host")]
    [InlineData("Content-Length")]
    [InlineData("Authorization")]
    [InlineData("Connection-X")]
    [InlineData("")]
    public void OtherHeaders_GoOn(string header) => HopByHop.Contains(header).Should().BeFalse();

    [Theory]
    [InlineData("X-A")]
    [InlineData("x-a")]
    [InlineData("close, X-A")]
    [InlineData("X-A,close")]
    [InlineData(" X-A ")]
    [InlineData("close,\t X-A\t,more")]
    [InlineData(",,X-A,,")]
    public void HeaderNamedByConnection_EndsThere(string connection) => HopByHop.IsNamed(connection, "X-A").Should().BeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("close")]
    [InlineData("X-AB")]
    [InlineData("X")]
    [InlineData("X-A-B, BX-A")]
    [InlineData("X A")]
    public void HeaderNotNamed_GoesOn(string connection) => HopByHop.IsNamed(connection, "X-A").Should().BeFalse();

    [Fact]
    public void EveryValueOfConnection_IsRead() => HopByHop.IsNamed(new StringValues(["close", "y, X-A"]), "X-A").Should().BeTrue();

    [Fact]
    public void Looking_AllocatesNothing()
    {
        StringValues connection = "keep-alive, X-Something, X-A";
        Allocations.Of(() =>
        {
            _ = HopByHop.Contains("X-A");
            _ = HopByHop.IsNamed(connection, "X-A");
        }).Should().Be(0);
    }
}
