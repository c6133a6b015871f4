using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Context;

/// <summary>
/// What is remembered of a client's connection from one request to the next, so that it is worked out once: who is there, and by what key the
/// cache knows its token. Safe from any thread, since an HTTP/2 connection carries many requests at once.
/// </summary>
internal sealed class ClientConnection
{
    /// <summary>Characters. A bearer token is a few hundred; this much an idle connection may hold for it.</summary>
    internal const int LongestHeader = 4096;

    private static readonly object ItemKey = new();

    private volatile PeerAddress? _peer;
    private volatile KnownToken? _token;

    /// <summary>The request's connection; one that remembers nothing where the server does not know connections.</summary>
    public static ClientConnection Of(HttpContext http)
    {
        if (http.Features.Get<IConnectionItemsFeature>()?.Items is not { } items)
        {
            return new ClientConnection();
        }

        // A dictionary of the server's, for one thread at a time; over HTTP/1 there is but one request.
        if (GatewayContext.IsHttp1(http.Request))
        {
            return In(items);
        }

        lock (items)
        {
            return In(items);
        }
    }

    /// <summary>The peer's address as the gateway writes it.</summary>
    /// <param name="peer">As the server has it.</param>
    /// <param name="unmapped">The same, never an IPv4 address in an IPv6 one.</param>
    public string TextOf(IPAddress? peer, IPAddress unmapped)
    {
        if (_peer is { } known && ReferenceEquals(known.Peer, peer))
        {
            return known.Text;
        }

        var address = new PeerAddress(peer, unmapped.ToString());
        _peer = address;
        return address.Text;
    }

    /// <summary>The key of the token, if it is the one that the connection's last request had.</summary>
    public string? KeyOf(ReadOnlyMemory<char> token) =>
        _token is { } known && known.Token.Span.SequenceEqual(token.Span) ? known.Key : null;

    /// <summary>Remembers a token in place of the last, until another comes or the connection ends; not one that lies in a header of more than
    /// <see cref="LongestHeader"/>, since the whole of it would be kept.</summary>
    /// <param name="token">A part of the header as the server has it.</param>
    /// <param name="key">By which the cache knows it.</param>
    public void Remember(ReadOnlyMemory<char> token, ReadOnlySpan<char> key)
    {
        if (MemoryMarshal.TryGetString(token, out string? header, out _, out _) && header.Length <= LongestHeader)
        {
            _token = new KnownToken(token, new string(key));
        }
    }

    private static ClientConnection In(IDictionary<object, object?> items)
    {
        if (items.TryGetValue(ItemKey, out object? known))
        {
            return (ClientConnection)known!;
        }

        var connection = new ClientConnection();
        items[ItemKey] = connection;
        return connection;
    }

    private sealed record PeerAddress(IPAddress? Peer, string Text);

    /// <summary>No record: its ToString would print the secret.</summary>
    private sealed class KnownToken(ReadOnlyMemory<char> token, string key)
    {
        public ReadOnlyMemory<char> Token { get; } = token;

        public string Key { get; } = key;
    }
}
