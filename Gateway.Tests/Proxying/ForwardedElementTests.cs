using System.Net;
using Gateway.Core.Proxying;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Proxying;

public sealed class ForwardedElementTests
{
    [Theory]
    [InlineData("10.0.0.1", "for=10.0.0.1;proto=https;host=\"h:8000\"")]
    [InlineData("::ffff:10.0.0.1", "for=10.0.0.1;proto=https;host=\"h:8000\"")]
    [InlineData("2001:db8::1", "for=\"[2001:db8::1]\";proto=https;host=\"h:8000\"")]
    [InlineData("fe80::1%3", "for=\"[fe80::1]\";proto=https;host=\"h:8000\"")]
    [InlineData(null, "for=unknown;proto=https;host=\"h:8000\"")]
    public void Peer_IsWrittenAsANode(string? peer, string element) =>
        Of(peer is null ? null : IPAddress.Parse(peer), "h:8000").Should().Be(element);

    [Fact]
    public void Host_IsQuoted() => Of(IPAddress.Loopback, "a\"b\\c").Should().Be("for=127.0.0.1;proto=https;host=\"a\\\"b\\\\c\"");

    [Fact]
    public void RequestWithoutHost_NamesNone() => Of(IPAddress.Loopback, null).Should().Be("for=127.0.0.1;proto=https");

    private static string Of(IPAddress? peer, string? host)
    {
        var http = new DefaultHttpContext();
        http.Request.Scheme = "https";
        http.Request.Host = new HostString(host!);
        return ForwardedElement.Of(peer, http.Request);
    }
}
