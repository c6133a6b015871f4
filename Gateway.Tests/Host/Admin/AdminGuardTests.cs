using System.Net;
using Gateway.Host.Admin;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Host.Admin;

public sealed class AdminGuardTests
{
    private const string Token = "0123456789abcdef";

    [Theory]
    [InlineData("Bearer 0123456789abcdef")]
    [InlineData("bearer 0123456789abcdef")]
    public void Token_MayChange(string authorization) => new AdminGuard(Token).Refuses(Request(authorization)).Should().BeNull();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcdef")]
    [InlineData("Basic 0123456789abcdef")]
    [InlineData("Bearer 0123456789abcde")]
    [InlineData("Bearer 0123456789abcdeF")]
    [InlineData("Bearer 0123456789abcdefx")]
    public void AnythingElse_Is401(string? authorization)
    {
        HttpContext http = Request(authorization);
        new AdminGuard(Token).Refuses(http)!.Status.Should().Be(401);
        http.Response.Headers.WWWAuthenticate.ToString().Should().Be("Bearer");
    }

    [Fact]
    public void WithoutAConfiguredToken_NothingCanBeChanged()
    {
        AdminProblem problem = new AdminGuard(null).Refuses(Request("Bearer "))!;
        (problem.Status, problem.Detail).Should().Be((403, "There is no admin token, so nothing can be changed; set Gateway:Admin:TokenFile."));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9100", true)]
    [InlineData("http://localhost:9100", true)]
    [InlineData("http://127.0.0.1:9101", false)]
    [InlineData("http://127.0.0.2:9100", false)]
    [InlineData("https://127.0.0.1:9100", false)]
    [InlineData("http://rebound.example:9100", false)]
    [InlineData("null", false)]
    public void PageOfAnotherOrigin_Is403EvenWithTheToken(string origin, bool isFine)
    {
        HttpContext http = Request("Bearer " + Token);
        http.Request.Headers.Append("Origin", origin);
        new AdminGuard(Token).Refuses(http)?.Status.Should().Be(403);
        (new AdminGuard(Token).Refuses(http) is null).Should().Be(isFine);
    }

    private static DefaultHttpContext Request(string? authorization)
    {
        var http = new DefaultHttpContext();
        (http.Connection.LocalIpAddress, http.Connection.LocalPort) = (IPAddress.Parse("::ffff:127.0.0.1"), 9100);
        if (authorization is not null)
        {
            http.Request.Headers.Authorization = authorization;
        }

        return http;
    }
}
