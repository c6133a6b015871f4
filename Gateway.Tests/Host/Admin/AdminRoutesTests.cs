using Gateway.Host.Admin;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Host.Admin;

public sealed class AdminRoutesTests
{
    private const string Token = "0123456789abcdef";

    private readonly List<string> _asked = [], _refused = [];
    private readonly AdminRoutes _routes;

    public AdminRoutesTests() => _routes = new AdminRoutes(new AdminGuard(Token, []), (problem, peer) => _refused.Add($"{problem.Status} {peer}"),
    [
        new("GET", "/admin/v1/things/{}", (_, names) => AskAsync("get " + names[0])),
        new("PATCH", "/admin/v1/things/{}", (_, names) => AskAsync("patch " + names[0])),
        new("POST", "/admin/v1/question", (_, _) => AskAsync("question"), Reads: true),
    ]);

    [Theory]
    [InlineData("GET", "/admin/v1/things/a", "get a")]
    [InlineData("HEAD", "/admin/v1/things/a?x=/y", "get a")]
    [InlineData("GET", "/admin/v1/things/a%2Fb%20c%25", "get a/b c%")]
    [InlineData("GET", "/admin/v1/things/127.0.0.1:80", "get 127.0.0.1:80")]
    [InlineData("POST", "/admin/v1/question", "question")]
    public async Task Path_IsTakenAsItWasSent_ArgumentsDecoded(string method, string target, string asked)
    {
        (await SendAsync(method, target)).Should().Be(200);
        _asked.Should().Equal(asked);
    }

    [Theory]
    [InlineData("/admin/v1/things")]
    [InlineData("/admin/v1/things/a/")]
    [InlineData("/admin/v1/things/a/b")]
    [InlineData("//admin/v1/things/a")]
    [InlineData("/admin/v1/../v1/things/a")]
    [InlineData("/admin/v1/./things/a")]
    [InlineData("/admin%2Fv1/things/a")]
    [InlineData("/ADMIN/v1/things/a")]
    [InlineData("/%61dmin/v1/things/a")]
    [InlineData("http://127.0.0.1/admin/v1/things/a")]
    [InlineData("*")]
    [InlineData("")]
    public async Task AnotherSpelling_Is404(string target)
    {
        (await SendAsync("PATCH", target, Token)).Should().Be(404);
        _asked.Should().BeEmpty();
    }

    [Fact]
    public async Task Change_NeedsTheToken()
    {
        (await SendAsync("PATCH", "/admin/v1/things/a")).Should().Be(401);
        _asked.Should().BeEmpty();
        _refused.Should().Equal("401 192.0.2.9");
        (await SendAsync("PATCH", "/admin/v1/things/a", Token)).Should().Be(200);
        _asked.Should().Equal("patch a");
        _refused.Should().ContainSingle("the second was not refused");
    }

    [Theory]
    [InlineData("POST", "/admin/v1/things/a", "GET, PATCH")]
    [InlineData("GET", "/admin/v1/question", "POST")]
    [InlineData("TRACE", "/admin/v1/question", "POST")]
    public async Task OtherMethod_Is405AndSaysWhich(string method, string target, string allow)
    {
        DefaultHttpContext http = Request(method, target, Token);
        await _routes.InvokeAsync(http);
        (http.Response.StatusCode, http.Response.Headers.Allow.ToString()).Should().Be((405, allow));
        _asked.Should().BeEmpty();
    }

    [Theory]
    [InlineData("GET", "/admin/v1/things/a")]
    [InlineData("PATCH", "/admin/v1/things/a")]
    [InlineData("GET", "/nothing")]
    public async Task ByANameThatIsNotOurs_NothingIsAnswered(string method, string target)
    {
        DefaultHttpContext http = Request(method, target, Token);
        http.Request.Headers.Host = "rebound.example";
        await _routes.InvokeAsync(http);
        http.Response.StatusCode.Should().Be(421);
        _refused.Should().Equal("421 192.0.2.9");
        _asked.Should().BeEmpty();
    }

    private async Task<int> SendAsync(string method, string target, string? token = null)
    {
        DefaultHttpContext http = Request(method, target, token);
        await _routes.InvokeAsync(http);
        return http.Response.StatusCode;
    }

    private static DefaultHttpContext Request(string method, string target, string? token)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = System.Net.IPAddress.Parse("192.0.2.9");
        http.Request.Method = method;
        http.Request.Headers.Host = "127.0.0.1";
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        if (token is not null)
        {
            http.Request.Headers.Authorization = "Bearer " + token;
        }

        return http;
    }

    private Task AskAsync(string what)
    {
        _asked.Add(what);
        return Task.CompletedTask;
    }
}
