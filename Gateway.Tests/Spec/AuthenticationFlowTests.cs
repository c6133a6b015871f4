using System.Net;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Spec;

public sealed class AuthenticationFlowTests : IAsyncLifetime
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
            Auth = new AuthOptions { ServiceUrl = _auth.Url },
        });
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _auth.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task TokenInTheCache_IsAllowedWithoutAskingAgain()
    {
        await AskAsync("alice").ShouldBeOkAsync();
        await AskAsync("alice").ShouldBeOkAsync();

        _auth.Questions.Should().ContainSingle();
    }

    [Fact]
    public async Task InvalidToken_IsRefusedAndReachesNoService()
    {
        _auth.Judge = static _ => "";

        using HttpResponseMessage response = await AskAsync("mallory").ShouldBeRefusedAsync(HttpStatusCode.Unauthorized, "token_invalid");

        _service.Requests.Should().Be(0);
    }

    [Fact]
    public async Task Outage_Is503NotAnInvalidTokenAndIsForgottenAtOnce()
    {
        _auth.Judge = static _ => null;
        using HttpResponseMessage response = await AskAsync("alice").ShouldBeRefusedAsync(HttpStatusCode.ServiceUnavailable, "auth_unavailable");
        response.Headers.RetryAfter.Should().NotBeNull();

        _auth.Judge = static token => TestAuthService.User(token);
        await AskAsync("alice").ShouldBeOkAsync();
    }

    [Fact]
    public async Task Outage_DoesNotDisturbUsersInTheCache()
    {
        await AskAsync("alice").ShouldBeOkAsync();
        await _auth.DisposeAsync();

        (await AskAsync("alice").ShouldBeOkAsync()).Should().Contain("X-User-ID: alice");
        using HttpResponseMessage other = await AskAsync("bob").ShouldBeRefusedAsync(HttpStatusCode.ServiceUnavailable, "auth_unavailable");
    }

    [Fact]
    public async Task ManyRequestsWithOneNewToken_AskOnce()
    {
        string[] seen = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AskAsync("alice").ShouldBeOkAsync()));

        seen.Should().OnlyContain(static request => request.Contains("X-User-ID: alice", StringComparison.Ordinal));
        _auth.Questions.Should().ContainSingle();
    }

    private Task<HttpResponseMessage> AskAsync(string token) => _gateway.GetAsync("/", ("Authorization", $"Bearer {token}"));
}
