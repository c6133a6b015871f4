using System.Net;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Authentication;

/// <summary>A user logs out by a request through the gateway.</summary>
public sealed class LogoutWatchTests : IAsyncLifetime
{
    private readonly HashSet<string> _ended = [];
    private int _status = 204;
    private TestAuthService _auth = null!;
    private TestInstance _instance = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _auth = await TestAuthService.StartAsync(token => _ended.Contains(token) ? "" : TestAuthService.User(token));
        _instance = await TestInstance.StartAsync(http =>
        {
            http.Response.StatusCode = http.Request.Path == "/api/auth/logout" ? _status : 200;
            return Task.CompletedTask;
        });
        _gateway = await TestGateway.StartAsync(Options());
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _instance.DisposeAsync();
        await _auth.DisposeAsync();
    }

    [Fact]
    public async Task AfterLogout_TheNextRequestIsRefused()
    {
        (await SendAsync(HttpMethod.Get, "/x", "t")).Should().Be(HttpStatusCode.OK);
        _ended.Add("t");
        (await SendAsync(HttpMethod.Get, "/x", "t")).Should().Be(HttpStatusCode.OK, "nobody has told the gateway");
        (await SendAsync(HttpMethod.Post, "/api/auth/logout", "t")).Should().Be(HttpStatusCode.NoContent);
        (await SendAsync(HttpMethod.Get, "/x", "t")).Should().Be(HttpStatusCode.Unauthorized);
        (await _gateway.ScrapeAsync()).Should().Contain("gateway_auth_revocations_total{source=\"logout\"} 1");
    }

    [Theory]
    [InlineData("/api/auth/logout", 401)]
    [InlineData("/api/auth/logout", 503)]
    [InlineData("/api/auth/logout/", 204)]
    [InlineData("/api/auth/other", 204)]
    public async Task FailedLogoutAndOtherPaths_RevokeNothing(string path, int status)
    {
        _status = status;
        await SendAsync(HttpMethod.Get, "/x", "t");
        await SendAsync(HttpMethod.Post, path, "t");
        _ended.Add("t");
        (await SendAsync(HttpMethod.Get, "/x", "t")).Should().Be(HttpStatusCode.OK);
    }

    /// <summary>Otherwise anybody could fill the log that all gateways read.</summary>
    [Fact]
    public async Task LogoutWithAMadeUpToken_RevokesNothing()
    {
        _ended.Add("made-up");
        (await SendAsync(HttpMethod.Post, "/api/auth/logout", "made-up")).Should().Be(HttpStatusCode.NoContent, "the path needs no token");
        (await SendAsync(HttpMethod.Post, "/api/auth/logout", null)).Should().Be(HttpStatusCode.NoContent);
        (await _gateway.ScrapeAsync()).Should().Contain("gateway_auth_revocations_total{source=\"logout\"} 0");
    }

    private GatewayOptions Options() => TestOptions.For(_instance.Url).WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required }) with
    {
        Auth = new AuthOptions { ServiceUrl = _auth.Url, SkipPaths = ["/api/auth/**"], LogoutPaths = ["/api/auth/logout"] },
    };

    private async Task<HttpStatusCode> SendAsync(HttpMethod method, string path, string? token)
    {
        using HttpResponseMessage response = await _gateway.SendAsync(
            method, path, null, token is null ? [] : [("Authorization", $"Bearer {token}")]);
        return response.StatusCode;
    }
}
