using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Core.Backends;

namespace Gateway.Core.Proxying;

/// <summary>The pooled connections to one service's instances. Owns them; safe from any thread.</summary>
internal sealed class ServiceConnections : IDisposable
{
    /// <summary>How long an idle connection is kept. Below common keep-alive times (nginx 75 s, Kestrel 130 s), since a request sent
    /// on a connection that the instance is just closing fails when it may not be repeated.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection lives, so that peers in between that balance connections see new ones now and then.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>How long one to a host that has a name lives: so long after an address has left the name's answer, or come into it, requests
    /// no longer, or also, go there. A connection cannot be ended before that: HttpClient does not say which ones are idle.</summary>
    private static readonly TimeSpan NamedLifetime = TimeSpan.FromMinutes(1);

    /// <summary>Largest head of a response, in kibibytes; twice what Kestrel takes of a request.</summary>
    private const int MaxResponseHead = 64;

    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30), PingTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _invoker;
    private readonly ReachableConnections? _reachable;
    private readonly Version _version;
    private int _owners = 1;

    /// <param name="options">The service.</param>
    /// <param name="handler">Makes the requests, but for those on connections that can be reached; null for the usual one.</param>
    /// <param name="hosts">Knows the addresses of instances that have a name. Null: HttpClient resolves them by itself.</param>
    public ServiceConnections(ServiceOptions options, HttpMessageHandler? handler = null, HostResolver? hosts = null)
    {
        HostResolver? names = options.Instances.Any(HasName) ? hosts : null;
        _version = options.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        _invoker = new HttpMessageInvoker(handler ?? CreateGuardedHandler(options, names));
        _reachable = options.Http2 ? null : new ReachableConnections(CreateHandler(options.Timeouts.Connect, names));
    }

    /// <summary>Whether the instances speak HTTP/2, where an upgrade is an extended CONNECT.</summary>
    public bool IsHttp2 => _version == HttpVersion.Version20;

    /// <summary>Sends the request; returns when the response's headers have come.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        message.Version = _version;
        message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return _invoker.SendAsync(message, cancellationToken);
    }

    /// <summary>Sends a request that asks to go on in another protocol; returns with the response's headers and, from an HTTP/1.1
    /// instance, the connection that it came on.</summary>
    public async Task<(HttpResponseMessage Response, ReachableConnection? Connection)> SendUpgradeAsync(
        HttpRequestMessage message, CancellationToken cancellationToken) =>
        _reachable is null ? (await SendAsync(message, cancellationToken), null) : await _reachable.SendAsync(message, reached: null, cancellationToken);

    /// <summary>Sends a request whose body may be overtaken by its answer; returns when the response's headers have come.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, RequestBody body, CancellationToken cancellationToken)
    {
        // Over HTTP/2 HttpClient itself reads while it writes.
        if (_reachable is null || !body.CanBeOvertaken)
        {
            return await SendAsync(message, cancellationToken);
        }

        body.IsBeside = true;
        (HttpResponseMessage response, _) = await _reachable.SendAsync(message, body.Reach, cancellationToken);
        return response;
    }

    /// <summary>Whether connections made for the one service would do for the other.</summary>
    public static bool AreSame(ServiceOptions one, ServiceOptions other) => one.Http2 == other.Http2
        && one.Timeouts.Connect == other.Timeouts.Connect && one.Instances.Any(HasName) == other.Instances.Any(HasName);

    /// <summary>One owner more.</summary>
    public ServiceConnections Share()
    {
        Interlocked.Increment(ref _owners);
        return this;
    }

    /// <summary>One owner less; the last closes the connections.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _owners) == 0)
        {
            _invoker.Dispose();
            _reachable?.Dispose();
        }
    }

    private static bool HasName(InstanceOptions instance) =>
        InstanceOptions.TryParseUrl(instance.Url, out Uri address) && HostResolver.NameOf(address) is not null;

    private static SocketsHttpHandler CreateGuardedHandler(ServiceOptions options, HostResolver? hosts)
    {
        SocketsHttpHandler handler = CreateHandler(options.Timeouts.Connect, hosts);
        if (!options.Http2)
        {
            // Over TLS what waits in the socket may be of TLS itself (session tickets), so that only HttpClient's own look guards it.
            handler.PlaintextStreamFilter = static (context, _) => ValueTask.FromResult(
                context.PlaintextStream is NetworkStream stream ? new GuardedConnection(stream, stream.Socket) : context.PlaintextStream);
        }

        return handler;
    }

    /// <summary>A handler that adds nothing of its own: no redirects, cookies, proxies, decompression or trace headers.</summary>
    /// <param name="connectTimeout">For all addresses of a name together, TLS included.</param>
    /// <param name="hosts">Knows the addresses of names. Null: HttpClient resolves them by itself.</param>
    public static SocketsHttpHandler CreateHandler(TimeSpan connectTimeout, HostResolver? hosts = null) => new()
    {
        ConnectCallback = hosts is null ? null : new HostConnector(hosts, connectTimeout).ConnectAsync,
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = connectTimeout,
        PooledConnectionIdleTimeout = IdleTimeout,
        PooledConnectionLifetime = hosts is null ? Lifetime : NamedLifetime,
        EnableMultipleHttp2Connections = true,

        // HTTP/2 only: a peer that vanished would else swallow requests until the connection's lifetime ends.
        KeepAlivePingDelay = PingDelay,
        KeepAlivePingTimeout = PingTimeout,
        MaxResponseHeadersLength = MaxResponseHead,

        // Byte for byte: header values are not always UTF-8. Kestrel is set up the same.
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    };
}
