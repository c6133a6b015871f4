using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Proxying;

/// <summary>What the gateway adds to Forwarded (RFC 7239): from whom, how and for which host a request came to it.</summary>
internal static class ForwardedElement
{
    /// <param name="peer">Who sent it; null where connections have no addresses.</param>
    /// <param name="request">What was sent.</param>
    public static string Of(IPAddress? peer, HttpRequest request)
    {
        string element = $"for={Node(peer)};proto={request.Scheme}";
        return request.Host.Value is { Length: > 0 } host ? $"{element};host=\"{Escaped(host)}\"" : element;
    }

    /// <summary>§6: an IPv6 address in brackets and so in quotes, without its zone, which means nothing elsewhere.</summary>
    private static string Node(IPAddress? peer) => peer switch
    {
        null => "unknown",
        { IsIPv4MappedToIPv6: true } => peer.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } => $"\"[{new IPAddress(peer.GetAddressBytes())}]\"",
        { AddressFamily: AddressFamily.InterNetworkV6 } => $"\"[{peer}]\"",
        _ => peer.ToString(),
    };

    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
