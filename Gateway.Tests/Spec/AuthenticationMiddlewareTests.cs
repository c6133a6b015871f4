using System.Net;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Spec;

public sealed class AuthenticationMiddlewareTests : IAsyncLifetime
{
    private TestInstance _service = null!;
    private TestAuthService _auth = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartEchoAsync();
        _auth = await TestAuthService.StartAsync();
        _gateway = await TestGateway.StartAsync(TestOptions.For(_service.Url).WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required }) with
        {
            Auth = new AuthOptions { ServiceUrl = _auth.Url, SkipPaths = ["/login", "/public/**"] },
        });
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _auth.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task RequestWithoutAToken_IsRefusedAndReachesNobody()
    {
        using HttpResponseMessage response = await _gateway.GetAsync("/a").ShouldBeRefusedAsync(HttpStatusCode.Unauthorized, "token_missing");

        _service.Requests.Should().Be(0);
        _auth.Questions.Should().BeEmpty();
    }

    [Theory]
    [InlineData("/login")]
    [InlineData("/public/a/b")]
    public async Task SkipPath_NeedsNoToken(string path)
    {
        await _gateway.GetAsync(path).ShouldBeOkAsync();

        _auth.Questions.Should().BeEmpty();
    }

    [Fact]
    public async Task SkipPath_IsNoPrefixOfOtherNames()
    {
        using HttpResponseMessage response = await _gateway.GetAsync("/login2").ShouldBeRefusedAsync(HttpStatusCode.Unauthorized, "token_missing");
    }

    [Theory]
    [InlineData("Authorization", "Bearer alice")]
    [InlineData("Cookie", "access_token=alice")]
    public async Task UserContext_IsInjectedIntoTheRequest(string header, string value)
    {
        string seen = await _gateway.GetAsync("/a", (header, value), ("X-User-ID", "mallory")).ShouldBeOkAsync();

        seen.Should().Contain("X-User-ID: alice").And.Contain("X-User-Roles: customer").And.NotContain("mallory");
    }
}
