using System.Net;
using Gateway.Core.Authentication;

namespace Gateway.Tests.Authentication;

/// <summary>The modes in which the gateway judges by itself, alone or first.</summary>
public sealed partial class TokenValidatorTests
{
    [Fact]
    public async Task ModeJwt_JudgesWithoutTheAuthService()
    {
        TokenValidator validator = New(AuthMode.Jwt);

        (await Ask(validator, _backend.Jwt())).User!.UserId.Should().Be("jwt-user");
        (await Ask(validator, "opaque")).Verdict.Should().Be(TokenVerdict.Invalid);

        _backend.Verifications.Should().Be(0);
        (validator.Service, validator.Jwt).Should().Match<(AuthServiceClient? Service, JwtValidator? Jwt)>(
            pair => pair.Service == null && pair.Jwt != null);
    }

    [Fact]
    public async Task ModeJwt_RemembersValidTokensUntilTheyExpire()
    {
        TokenValidator validator = New(AuthMode.Jwt);
        string token = _backend.Jwt(Noon.AddSeconds(90));
        await Ask(validator, token);

        _clock.Advance(TimeSpan.FromSeconds(89));
        await Ask(validator, token);
        validator.Cache.Hits.Value.Should().Be(1);

        _clock.Advance(TimeSpan.FromSeconds(1));
        await Ask(validator, token);
        validator.Cache.Hits.Value.Should().Be(1);
    }

    [Fact]
    public async Task ModeJwtThenAuthService_AsksTheServiceAboutValidJwtsOnly()
    {
        TokenValidator validator = New(AuthMode.JwtThenAuthService);

        (await Ask(validator, "opaque")).Verdict.Should().Be(TokenVerdict.Invalid);
        (await Ask(validator, _backend.Jwt(Noon.AddHours(-1)))).Verdict.Should().Be(TokenVerdict.Invalid);
        _backend.Verifications.Should().Be(0);

        string token = _backend.Jwt();
        (await Ask(validator, token)).User!.UserId.Should().Be("user-" + token, "the service's user counts");
        _backend.Verifications.Should().Be(1);
    }

    [Theory]
    [InlineData(401, TokenVerdict.Invalid)]
    [InlineData(503, TokenVerdict.Unknown)]
    public async Task ModeJwtThenAuthService_BothMustAgree(int status, object verdict)
    {
        TokenValidator validator = New(AuthMode.JwtThenAuthService);
        _backend.Status = (HttpStatusCode)status;

        (await Ask(validator, _backend.Jwt())).Verdict.Should().Be((TokenVerdict)verdict);
    }

    [Fact]
    public async Task ModeJwtThenAuthService_KeysOutOfReach_IsUnknown_AndTheServiceIsNotAsked()
    {
        TokenValidator validator = New(AuthMode.JwtThenAuthService);
        _backend.KeysDown = true;

        (await Ask(validator, _backend.Jwt())).Verdict.Should().Be(TokenVerdict.Unknown);
        _backend.Verifications.Should().Be(0);
    }

    [Theory]
    [InlineData(60, 90)]
    [InlineData(90, 60)]
    public async Task ModeJwtThenAuthService_RemembersUntilTheEarlierExpiry(int jwtSeconds, int serviceSeconds)
    {
        TokenValidator validator = New(AuthMode.JwtThenAuthService);
        _backend.ExpiresAt = Noon.AddSeconds(serviceSeconds);
        string token = _backend.Jwt(Noon.AddSeconds(jwtSeconds));

        (await Ask(validator, token)).User!.ExpiresAt.Should().Be(Noon.AddSeconds(60));
        _clock.Advance(TimeSpan.FromSeconds(60));
        await Ask(validator, token);
        validator.Cache.Hits.Value.Should().Be(0);
    }
}
