using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Tests.Authentication;

public sealed partial class JwtValidatorTests
{
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
                {"keys":[{{Jwk(_p256, "P-256", _p256Kid)}},{{Jwk(_p384, "P-384", "P-384")}},{{Jwk(_p521, "P-521", "P-521")}}
                {{RsaJwk()}}{{MoreKeys}}]}
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
