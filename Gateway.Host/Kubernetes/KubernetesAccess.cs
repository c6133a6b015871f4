using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Host.Configuration;

namespace Gateway.Host.Kubernetes;

/// <summary>How the API is reached: the options, and where they are silent the pod that the gateway runs in. Safe from any thread.</summary>
/// <param name="options">Valid ones.</param>
/// <param name="environment">The process's variables.</param>
/// <param name="directory">What relative files start from.</param>
internal sealed class KubernetesAccess(KubernetesOptions options, Func<string, string?> environment, string directory)
{
    /// <summary>Where a pod finds what its service account has.</summary>
    internal const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    private const int MaxToken = 64 << 10, MaxCa = 1 << 20, MaxNamespace = 1 << 10;

    /// <summary>How long connecting may take, TLS included.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <exception cref="KubernetesException">It is not said, and this is no pod.</exception>
    public Uri Url()
    {
        if (options.ApiUrl is { } url)
        {
            return new Uri(url);
        }

        string? host = environment("KUBERNETES_SERVICE_HOST");
        return !string.IsNullOrEmpty(host)
            && ushort.TryParse(environment("KUBERNETES_SERVICE_PORT"), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? new UriBuilder(Uri.UriSchemeHttps, host, port).Uri
            : throw new KubernetesException("this is no pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set), so Gateway:Kubernetes:ApiUrl must be");
    }

    /// <exception cref="KubernetesException">It is not said, and this is no pod.</exception>
    public string Namespace(string? wanted) => wanted ?? options.Namespace
        ?? ReadOrNull($"{ServiceAccount}/namespace", MaxNamespace)
        ?? throw new KubernetesException($"there is no file {ServiceAccount}/namespace, so Gateway:Kubernetes:Namespace must be set");

    /// <summary>What a request shows; null for nothing. Read anew each time: the file is replaced before its token runs out.</summary>
    /// <exception cref="KubernetesException">The file that the options name cannot be read, or holds no token.</exception>
    public AuthenticationHeaderValue? Authorization()
    {
        string? token = options.TokenFile is { } file ? Read(file, MaxToken) : ReadOrNull($"{ServiceAccount}/token", MaxToken);
        return token is null ? null
            : token.Length > 0 && token.All(static c => c is > ' ' and < '\x7f') ? new AuthenticationHeaderValue("Bearer", token)
            : throw new KubernetesException($"the file '{options.TokenFile ?? ServiceAccount + "/token"}' holds no token");
    }

    /// <summary>Makes connections to the API, to be disposed of. The authorities' file is read now.</summary>
    /// <exception cref="KubernetesException">The file that the options name cannot be read, or holds no certificates.</exception>
    public HttpMessageInvoker Connect()
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = ConnectTimeout,
            ConnectCallback = ConnectAsync,
        };
        if (Authorities() is { } authorities)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return new HttpMessageInvoker(handler);
    }

    /// <summary>With keep-alive probes: a peer that has vanished is noticed before the watch's silence is.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private X509Certificate2Collection? Authorities()
    {
        string? pem = options.CaFile is { } file ? Read(file, MaxCa) : ReadOrNull($"{ServiceAccount}/ca.crt", MaxCa);
        if (pem is null)
        {
            return null;
        }

        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            // Said below.
        }

        return all.Count > 0 ? all : throw new KubernetesException($"the file '{options.CaFile ?? ServiceAccount + "/ca.crt"}' holds no certificates in PEM");
    }

    private string Read(string file, int limit) => FileContent.Read(Path.Combine(directory, file), limit, out string? problem) is { } content
        ? Encoding.UTF8.GetString(content).Trim()
        : throw new KubernetesException($"the file '{file}' {problem}");

    private static string? ReadOrNull(string file, int limit) =>
        FileContent.Read(file, limit, out _) is { } content ? Encoding.UTF8.GetString(content).Trim() : null;
}
