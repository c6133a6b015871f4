using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Gateway.Tests.Authentication;

public sealed partial class TokenValidatorTests
{
    /// <summary>The auth service (user "user-TOKEN") and the issuer of the JWTs (user "jwt-user").</summary>
    private sealed class FakeBackend : HttpMessageHandler
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly ConcurrentQueue<string> _verified = new();
        private Task _gate = Task.CompletedTask;

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        public DateTimeOffset? ExpiresAt { get; set; }

        public bool KeysDown { get; set; }

        public int Verifications => _verified.Count;

        public TaskCompletionSource Hold()
        {
            var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _gate = gate.Task;
            return gate;
        }

        public string Jwt(DateTimeOffset? expires = null)
        {
            long exp = (expires ?? Noon.AddHours(1)).ToUnixTimeSeconds();
            string signed = Encode("""{"alg":"ES256"}""") + "." + Encode($$"""{"sub":"jwt-user","exp":{{exp}}}""");
            return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Get)
            {
                return KeysDown ? new HttpResponseMessage(HttpStatusCode.BadGateway) : Answer(HttpStatusCode.OK, Keys());
            }

            using var question = JsonDocument.Parse(await request.Content!.ReadAsStringAsync(cancellationToken));
            string token = question.RootElement.GetProperty("token").GetString()!;
            _verified.Enqueue(token);
            await _gate;
            string end = ExpiresAt is { } at ? $",\"expires_at\":{at.ToUnixTimeSeconds()}" : "";
            return Answer(Status, $$"""{"user_id":"user-{{token}}"{{end}}}""");
        }

        protected override void Dispose(bool disposing)
        {
            _key.Dispose();
            base.Dispose(disposing);
        }

        private static HttpResponseMessage Answer(HttpStatusCode status, string body) => new(status) { Content = new StringContent(body) };

        private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

        private string Keys()
        {
            ECParameters key = _key.ExportParameters(includePrivateParameters: false);
            string x = Base64Url.EncodeToString(key.Q.X), y = Base64Url.EncodeToString(key.Q.Y);
            return $$"""{"keys":[{"kty":"EC","crv":"P-256","x":"{{x}}","y":"{{y}}"}]}""";
        }
    }
}
