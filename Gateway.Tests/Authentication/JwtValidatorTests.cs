using System.Buffers.Text;
using System.Security.Cryptography;
using Gateway.Core.Authentication;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

public sealed partial class JwtValidatorTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _clock = new(Noon);
    private readonly Issuer _issuer = new();
    private readonly HttpMessageInvoker _http;
    private readonly JwtValidator _validator;

    public JwtValidatorTests()
    {
        _http = new HttpMessageInvoker(_issuer);
        _validator = ValidatorFor(new JwtOptions());
    }

    public void Dispose()
    {
        _http.Dispose();
        _issuer.Dispose();
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("ES512")]
    public async Task AsymmetricSignature_IsAccepted(string algorithm)
    {
        TokenResult result = await _validator.ValidateAsync(_issuer.Sign(algorithm, Claims()));

        result.IsValid.Should().BeTrue();
        result.User!.UserId.Should().Be("u1");
        result.User.ExpiresAt.Should().Be(Noon.AddHours(1));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("NONE")]
    [InlineData("")]
    public async Task UnsignedToken_IsInvalid(string algorithm)
    {
        string unsigned = Issuer.Encode($$"""{"alg":"{{algorithm}}","kid":"RSA"}""") + "." + Issuer.Encode(Claims()) + ".";

        (await Judge(unsigned)).Should().Be(TokenVerdict.Invalid);
        (await Judge(unsigned + "AAAA")).Should().Be(TokenVerdict.Invalid);
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("HS384")]
    [InlineData("HS512")]
    public async Task SecretSignatureMadeWithThePublicKey_IsInvalid(string algorithm)
    {
        foreach (byte[] secret in _issuer.PublicKeyAsSecrets())
        {
            (await Judge(Issuer.SignWithSecret(algorithm, "RSA", Claims(), secret))).Should().Be(TokenVerdict.Invalid);
        }
    }

    [Fact]
    public async Task SecretKeyInTheKeyDocument_IsNotUsed()
    {
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        _issuer.MoreKeys = $$""",{"kty":"oct","kid":"secret","k":"{{Base64Url.EncodeToString(secret)}}"}""";

        (await Judge(Issuer.SignWithSecret("HS256", "secret", Claims(), secret))).Should().Be(TokenVerdict.Invalid);
    }

    [Fact]
    public async Task ChangedPayloadOrSignature_IsInvalid()
    {
        string token = _issuer.Sign("ES256", Claims());
        string[] parts = token.Split('.');
        string forged = $"{parts[0]}.{Issuer.Encode(Claims().Replace("u1", "u2", StringComparison.Ordinal))}.{parts[2]}";

        (await Judge(forged)).Should().Be(TokenVerdict.Invalid);
        (await Judge($"{parts[0]}.{parts[1]}.{new string('A', 86)}")).Should().Be(TokenVerdict.Invalid);
        (await Judge($"{parts[0]}.{parts[1]}.")).Should().Be(TokenVerdict.Invalid);
        (await Judge(token)).Should().Be(TokenVerdict.Valid);
    }

    [Theory]
    [InlineData("opaque")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.")]
    [InlineData("a.b.c.d.e")]
    [InlineData("bnVsbA.bnVsbA.bnVsbA")]
    public async Task WhatIsNoJwt_IsInvalid_AndFetchesNothing(string token)
    {
        (await Judge(token)).Should().Be(TokenVerdict.Invalid);
        _issuer.Fetches.Should().Be(0);
    }

    [Fact]
    public async Task CriticalHeader_IsInvalid_SinceWeUnderstandNone()
    {
        (await Judge(_issuer.Sign("ES256", Claims(), "\"crit\":[\"exp\"],\"exp\":1"))).Should().Be(TokenVerdict.Invalid);
        (await Judge(_issuer.Sign("ES256", Claims(), "\"typ\":\"at+jwt\""))).Should().Be(TokenVerdict.Valid);
    }

    [Fact]
    public async Task KeyBroughtAlongInTheHeader_IsNotUsed()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        (await Judge(Issuer.SignAs(stranger, "P-256", Claims(), Issuer.Jwk(stranger, "P-256", "P-256")))).Should().Be(TokenVerdict.Invalid);
    }

    [Fact]
    public async Task ExpiredBeyondTheSkew_IsInvalid()
    {
        string token = _issuer.Sign("ES256", Claims());

        _clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        (await Judge(token)).Should().Be(TokenVerdict.Valid);
        _clock.Advance(TimeSpan.FromTicks(1));
        (await Judge(token)).Should().Be(TokenVerdict.Invalid);
    }

    [Fact]
    public async Task NotBeforeBeyondTheSkew_IsInvalid()
    {
        (await Judge(_issuer.Sign("ES256", Claims($"\"nbf\":{At(60)}")))).Should().Be(TokenVerdict.Valid);
        (await Judge(_issuer.Sign("ES256", Claims($"\"nbf\":{At(61)}")))).Should().Be(TokenVerdict.Invalid);
    }

    [Fact]
    public async Task TokenWithoutExpiry_IsInvalid()
    {
        (await Judge(_issuer.Sign("ES256", """{"sub":"u1"}"""))).Should().Be(TokenVerdict.Invalid);
        (await Judge(_issuer.Sign("ES256", """{"sub":"u1","exp":"never"}"""))).Should().Be(TokenVerdict.Invalid);
    }

    [Fact]
    public async Task TokenThatNeverReallyEnds_IsValid()
    {
        (await Judge(_issuer.Sign("ES256", """{"sub":"u1","exp":9007199254740991}"""))).Should().Be(TokenVerdict.Valid);
    }

    [Fact]
    public async Task TokenWithoutSubject_IsInvalid()
    {
        (await Judge(_issuer.Sign("ES256", $$"""{"exp":{{At(3600)}}}"""))).Should().Be(TokenVerdict.Invalid);
    }

    [Fact]
    public async Task ClaimThatStandsTwice_IsInvalid()
    {
        (await Judge(_issuer.Sign("ES256", Claims("\"sub\":\"u2\"")))).Should().Be(TokenVerdict.Invalid);
    }

    [Theory]
    [InlineData("\"iss\":\"https://issuer\"", TokenVerdict.Valid)]
    [InlineData("\"iss\":\"https://issuer/\"", TokenVerdict.Invalid)]
    [InlineData("\"iss\":7", TokenVerdict.Invalid)]
    [InlineData("\"x\":1", TokenVerdict.Invalid)]
    public async Task Issuer_MustBeTheConfiguredOne(string claim, object verdict)
    {
        JwtValidator validator = ValidatorFor(new JwtOptions { Issuer = "https://issuer" });

        (await validator.ValidateAsync(_issuer.Sign("ES256", Claims(claim)))).Verdict.Should().Be((TokenVerdict)verdict);
    }

    [Theory]
    [InlineData("\"aud\":\"gateway\"", TokenVerdict.Valid)]
    [InlineData("\"aud\":[\"other\",\"gateway\"]", TokenVerdict.Valid)]
    [InlineData("\"aud\":\"Gateway\"", TokenVerdict.Invalid)]
    [InlineData("\"aud\":[\"other\"]", TokenVerdict.Invalid)]
    [InlineData("\"x\":1", TokenVerdict.Invalid)]
    public async Task Audience_MustContainTheConfiguredOne(string claim, object verdict)
    {
        JwtValidator validator = ValidatorFor(new JwtOptions { Audience = "gateway" });

        (await validator.ValidateAsync(_issuer.Sign("ES256", Claims(claim)))).Verdict.Should().Be((TokenVerdict)verdict);
    }

    [Fact]
    public async Task NoKeysAndNoIssuer_IsUnknown_NotInvalid()
    {
        _issuer.Down = true;

        (await Judge(_issuer.Sign("ES256", Claims()))).Should().Be(TokenVerdict.Unknown);
    }

    [Fact]
    public async Task IssuerDownLater_TokensAreJudgedWithTheOldKeys()
    {
        await Judge(_issuer.Sign("ES256", Claims()));
        _issuer.Down = true;
        _clock.Advance(TimeSpan.FromMinutes(30));

        (await Judge(_issuer.Sign("ES256", Claims()))).Should().Be(TokenVerdict.Valid);
        (await Judge(_issuer.Sign("ES256", Claims()))).Should().Be(TokenVerdict.Valid);
    }

    [Fact]
    public async Task TokenOfANewKey_IsAcceptedAtOnce()
    {
        await Judge(_issuer.Sign("ES256", Claims()));
        _issuer.Rotate("new");

        (await Judge(_issuer.Sign("ES256", Claims()))).Should().Be(TokenVerdict.Valid);
        _issuer.Fetches.Should().Be(2);
    }

    [Fact]
    public async Task TokenOfAWithdrawnKey_IsInvalidOnceTheKeysAreFetchedAnew()
    {
        string old = _issuer.Sign("ES256", Claims());
        await Judge(old);
        _issuer.Rotate("new");
        await Judge(_issuer.Sign("ES256", Claims()));

        (await Judge(old)).Should().Be(TokenVerdict.Invalid);
    }

    [Fact]
    public async Task NewKeyThatCannotBeFetched_IsUnknown_NotInvalid()
    {
        await Judge(_issuer.Sign("ES256", Claims()));
        _issuer.Rotate("new");
        _issuer.Down = true;

        (await Judge(_issuer.Sign("ES256", Claims()))).Should().Be(TokenVerdict.Unknown);
    }

    [Fact]
    public async Task FloodOfUnknownKeys_MakesOneFetch()
    {
        await Judge(_issuer.Sign("ES256", Claims()));
        string payload = Issuer.Encode(Claims());
        for (int i = 0; i < 1000; i++)
        {
            string header = Issuer.Encode($$"""{"alg":"ES256","kid":"made-up-{{i}}"}""");
            (await Judge($"{header}.{payload}.{new string('A', 86)}")).Should().Be(TokenVerdict.Invalid);
        }

        _issuer.Fetches.Should().Be(2);
    }

    private async Task<TokenVerdict> Judge(string token) => (await _validator.ValidateAsync(token)).Verdict;

    private JwtValidator ValidatorFor(JwtOptions jwt)
    {
        var options = new AuthOptions { Mode = AuthMode.Jwt, Jwt = jwt with { JwksUrl = "http://issuer/jwks" } };
        return new JwtValidator(options, new JwksKeys(options, _http, _clock), _clock);
    }

    private static long At(int seconds) => Noon.AddSeconds(seconds).ToUnixTimeSeconds();

    private static string Claims(string? more = null) => $$"""{"sub":"u1","exp":{{At(3600)}}{{(more is null ? "" : "," + more)}}}""";
}
