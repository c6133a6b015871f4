using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class TestRequestTests
{
    [Theory]
    [InlineData("GET /a/b?c=/d", "GET", "", "/a/b?c=/d")]
    [InlineData("PURGE /a/../%62", "PURGE", "", "/a/../%62")]
    [InlineData("GET /a%2Fb", "GET", "", "/a%2Fb")]
    [InlineData("GET http://shop.example:8000/a%20b?c", "GET", "shop.example", "http://shop.example:8000/a%20b?c")]
    [InlineData("GET https://shop.example", "GET", "shop.example", "https://shop.example")]
    [InlineData("GET https://shop.example?a=1", "GET", "shop.example", "https://shop.example?a=1")]
    public void Request_IsTakenApart(string request, string method, string host, string target) =>
        TestRequest.Parse(request).Should().Be(new TestRequest(method, host, target));

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
