using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Authentication;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

public sealed class JwtValidatorTests : IDisposable
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

    /// <summary>Signs by hand, so that the tests do not judge the library by itself. Key ids: RSA, P-256, P-384, P-521.</summary>
    private sealed class Issuer : HttpMessageHandler
    {
        private readonly Lazy<RSA> _rsa = new(() => RSA.Create(2048));   // slow to make, and most tests use none
        private readonly ECDsa _p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        private readonly ECDsa _p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        private ECDsa _p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private string _p256Kid = "P-256";
        private int _fetches;

        public string MoreKeys { get; set; } = "";

        public bool Down { get; set; }

        public int Fetches => _fetches;

        public static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

        public static string Jwk(ECDsa key, string curve, string kid)
        {
            ECParameters parameters = key.ExportParameters(includePrivateParameters: false);
            string x = Base64Url.EncodeToString(parameters.Q.X), y = Base64Url.EncodeToString(parameters.Q.Y);
            return $$"""{"kty":"EC","use":"sig","crv":"{{curve}}","x":"{{x}}","y":"{{y}}","kid":"{{kid}}"}""";
        }

        public static string SignWithSecret(string algorithm, string kid, string claims, byte[] secret)
        {
            string signed = Encode($$"""{"alg":"{{algorithm}}","kid":"{{kid}}"}""") + "." + Encode(claims);
            byte[] bytes = Encoding.ASCII.GetBytes(signed);
            byte[] mac = algorithm switch
            {
                "HS256" => HMACSHA256.HashData(secret, bytes),
                "HS384" => HMACSHA384.HashData(secret, bytes),
                _ => HMACSHA512.HashData(secret, bytes),
            };
            return $"{signed}.{Base64Url.EncodeToString(mac)}";
        }

        /// <summary>The forms in which a public key gets mistaken for a password.</summary>
        public IEnumerable<byte[]> PublicKeyAsSecrets() =>
        [
            Encoding.ASCII.GetBytes(_rsa.Value.ExportSubjectPublicKeyInfoPem()),
            Encoding.ASCII.GetBytes(_rsa.Value.ExportSubjectPublicKeyInfoPem() + "\n"),
            _rsa.Value.ExportSubjectPublicKeyInfo(),
            _rsa.Value.ExportParameters(includePrivateParameters: false).Modulus!,
        ];

        public void Rotate(string kid)
        {
            _p256.Dispose();
            _p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            _p256Kid = kid;
        }

        public string Sign(string algorithm, string claims, string? moreHeader = null)
        {
            string kid = algorithm switch { "ES256" => _p256Kid, "ES384" => "P-384", "ES512" => "P-521", _ => "RSA" };
            string header = $$"""{"alg":"{{algorithm}}","kid":"{{kid}}"{{(moreHeader is null ? "" : "," + moreHeader)}}}""";
            string signed = Encode(header) + "." + Encode(claims);
            byte[] bytes = Encoding.ASCII.GetBytes(signed);
            HashAlgorithmName hash = algorithm[2..] switch
            {
                "256" => HashAlgorithmName.SHA256,
                "384" => HashAlgorithmName.SHA384,
                _ => HashAlgorithmName.SHA512,
            };
            byte[] signature = algorithm switch
            {
                "ES256" => _p256.SignData(bytes, hash),
                "ES384" => _p384.SignData(bytes, hash),
                "ES512" => _p521.SignData(bytes, hash),
                _ => _rsa.Value.SignData(bytes, hash, algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
            };
            return $"{signed}.{Base64Url.EncodeToString(signature)}";
        }

        public static string SignAs(ECDsa stranger, string kid, string claims, string jwk)
        {
            string signed = Encode($$"""{"alg":"ES256","kid":"{{kid}}","jwk":{{jwk}}}""") + "." + Encode(claims);
            return $"{signed}.{Base64Url.EncodeToString(stranger.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _fetches);
            if (Down)
            {
                throw new HttpRequestException(HttpRequestError.ConnectionError);
            }

            string document = $$"""
                {"keys":[{{Jwk(_p256, "P-256", _p256Kid)}},{{Jwk(_p384, "P-384", "P-384")}},{{Jwk(_p521, "P-521", "P-521")}}{{RsaJwk()}}{{MoreKeys}}]}
                """;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(document) });
        }

        private string RsaJwk()
        {
            if (!_rsa.IsValueCreated)
            {
                return "";
            }

            RSAParameters key = _rsa.Value.ExportParameters(includePrivateParameters: false);
            string n = Base64Url.EncodeToString(key.Modulus), e = Base64Url.EncodeToString(key.Exponent);
            return $$""",{"kty":"RSA","use":"sig","n":"{{n}}","e":"{{e}}","kid":"RSA"}""";
        }

        protected override void Dispose(bool disposing)
        {
            if (_rsa.IsValueCreated)
            {
                _rsa.Value.Dispose();
            }

            _p256.Dispose();
            _p384.Dispose();
            _p521.Dispose();
            base.Dispose(disposing);
        }
    }
}
