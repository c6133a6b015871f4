using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class TestRequestTests
{
    [Theory]
    [InlineData("GET /a/b?c=/d", "GET", "", "/a/b")]
    [InlineData("PURGE /a/../%62", "PURGE", "", "/%62")]
    [InlineData("GET http://shop.example:8000/a%20b?c", "GET", "shop.example", "/a%20b")]
    [InlineData("GET https://shop.example", "GET", "shop.example", "/")]
    [InlineData("GET https://shop.example?a=1", "GET", "shop.example", "/")]
    public void Request_IsTakenApartAsReceptionWould(string request, string method, string host, string path) =>
        TestRequest.Parse(request).Should().Be(new TestRequest(method, host, path, HasEncodedSlash: false));

    [Fact]
    public void EncodedSlash_IsNoted() => TestRequest.Parse("GET /a%2Fb")!.HasEncodedSlash.Should().BeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("GET")]
    [InlineData("get /a")]
    [InlineData("GET a")]
    [InlineData("GET  /a")]
    [InlineData("GET /a HTTP/1.1")]
    [InlineData("GET ftp://host/a")]
    [InlineData("GET /%zz")]
    [InlineData("GET /%")]
    [InlineData("GET /../a")]
    [InlineData("GET /a%00")]
    public void AnythingElse_IsNone(string request) => TestRequest.Parse(request).Should().BeNull();
}
