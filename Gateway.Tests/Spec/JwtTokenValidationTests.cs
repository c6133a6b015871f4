using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Spec;

/// <summary>The sketch built JSON by hand, kept raw tokens as keys, and believed an answer for 15 minutes whatever the token said.</summary>
public sealed class JwtTokenValidationTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch);
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
        }, _clock);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _auth.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task Question_IsAPostOfJsonToVerify()
    {
        await AskAsync("a.b-c_d/e+f==").ShouldBeOkAsync();

        string question = _auth.Questions.Single();
        question.Should().StartWith("POST /verify application/json {");
        JsonElement.Parse(question[question.IndexOf('{', StringComparison.Ordinal)..]).EnumerateObject()
            .Should().ContainSingle().Which.Value.GetString().Should().Be("a.b-c_d/e+f==");
    }

    [Theory]
    [InlineData("""x","user":"root""")]
    [InlineData("""x\" """)]
    [InlineData("""{"token":"x"}""")]
    public async Task TokenThatWouldBreakOutOfTheJson_IsNeverAsked(string token)
    {
        using HttpResponseMessage response = await AskAsync(token).ShouldBeRefusedAsync(HttpStatusCode.Unauthorized, "token_invalid");

        _auth.Questions.Should().BeEmpty();
    }

    [Fact]
    public async Task Cache_HoldsNoToken()
    {
        const string Token = "a-token-of-thirty-two-characters";
        await AskAsync(Token).ShouldBeOkAsync();

        string key = _gateway.Server.Pipeline.Parts.TokenValidator!.Cache.Keys.Should().ContainSingle().Which.Should().BeOfType<string>().Subject;

        key.Should().NotContain(Token);
        MemoryMarshal.AsBytes(key.AsSpan()).ToArray().Should().Equal(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(Token)));
    }

    [Fact]
    public async Task TokenThatExpiresSooner_IsBelievedUntilThen()
    {
        _auth.Judge = static token => TestAuthService.User(token, expiresAt: 60);
        await AskAsync("alice").ShouldBeOkAsync();

        _clock.Advance(TimeSpan.FromSeconds(59));
        await AskAsync("alice").ShouldBeOkAsync();
        _auth.Questions.Should().ContainSingle();
        _clock.Advance(TimeSpan.FromSeconds(1));
        using HttpResponseMessage expired = await AskAsync("alice").ShouldBeRefusedAsync(HttpStatusCode.Unauthorized, "token_invalid");
    }

    [Fact]
    public async Task RevokedToken_IsRefusedAfter15MinutesAtTheLatest()
    {
        await AskAsync("alice").ShouldBeOkAsync();
        _auth.Judge = static _ => "";

        _clock.Advance(TimeSpan.FromMinutes(15));

        using HttpResponseMessage revoked = await AskAsync("alice").ShouldBeRefusedAsync(HttpStatusCode.Unauthorized, "token_invalid");
    }

    private Task<HttpResponseMessage> AskAsync(string token) => _gateway.GetAsync("/", ("Authorization", $"Bearer {token}"));
}
