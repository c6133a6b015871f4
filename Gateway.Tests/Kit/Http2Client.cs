using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Tests.Kit;

/// <summary>SocketsHttpHandler speaking one version of HTTP to a gateway, 2 unless said otherwise.</summary>
/// <param name="gateway">Its public address.</param>
/// <param name="version">Null for HTTP/2.</param>
/// <param name="trusted">The one certificate that is believed; null for cleartext.</param>
internal sealed class Http2Client(Uri gateway, Version? version = null, X509Certificate? trusted = null) : IDisposable
{
    /// <summary>For <see cref="TestGateway.StartAsync"/>: an endpoint for HTTP/2 by prior knowledge.</summary>
    public static readonly (string Key, string Value) PriorKnowledge = ("Protocols", "Http2");

    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, shown, _, _) => trusted is not null && trusted.Equals(shown),
        },
    });

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string target, HttpContent? body = null, CancellationToken cancellation = default, params (string Name, string Value)[] headers)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var address = new Uri(
            gateway.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(method, address)
        {
            Content = body,
            Version = version ?? HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach ((string name, string value) in headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content!.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await _invoker.SendAsync(message, cancellation).WaitAsync(patience.Token);
    }

    public void Dispose() => _invoker.Dispose();
}
