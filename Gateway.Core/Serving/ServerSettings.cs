using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Gateway.Core.Serving;

/// <summary>What the gateway's behaviour on the wire asks of Kestrel; the one copy, for the binary and for applications.</summary>
internal static class ServerSettings
{
    /// <summary>Connections that may wait to be accepted; bursts at a process's start are larger than the framework's 512.</summary>
    public const int Backlog = 4096;

    /// <summary>A lone LF ends no line: a proxy before us may not see the end that we would see (RFC 9112 §2.2).</summary>
    public const string StrictLines = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    /// <summary>Headers byte for byte, and no word about the server.</summary>
    public static void Tune(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;

        // Byte for byte: header values are not always UTF-8. The connections to the services are set up the same.
        var length = new LengthEncoding();
        var connection = new ConnectionEncoding();
        kestrel.RequestHeaderEncodingSelector = name =>
            name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) ? length
            : name.Equals("Connection", StringComparison.OrdinalIgnoreCase) ? connection
            : Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
    }

    public static void Tune(SocketTransportOptions sockets) => sockets.Backlog = Backlog;

    /// <summary>The middleware of each connection; it runs before an endpoint's own TLS.</summary>
    public static IConnectionBuilder Tune(IConnectionBuilder endpoint, Http2Refusals refusals) =>
        endpoint.Use(refusals.Use).Use(HalfOpenConnections.Use);
}
