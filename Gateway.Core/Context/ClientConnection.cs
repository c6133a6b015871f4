using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Context;

/// <summary>
/// What is remembered of a client's connection from one request to the next, so that it is worked out once: who is there, and by what key the
/// cache knows its token. Safe from any thread, since an HTTP/2 connection carries many requests at once.
/// </summary>
internal sealed class ClientConnection
{
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

        // A dictionary of the server's, for one thread at a time.
        lock (items)
        {
            if (items.TryGetValue(ItemKey, out object? known))
            {
                return (ClientConnection)known!;
            }

            var connection = new ClientConnection();
            items[ItemKey] = connection;
            return connection;
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

    /// <summary>Remembers a token, which the server also does, for as long as the connection lives and nothing else is sent on it.</summary>
    public void Remember(ReadOnlyMemory<char> token, string key) => _token = new KnownToken(token, key);

    private sealed record PeerAddress(IPAddress? Peer, string Text);

    /// <summary>No record: its ToString would print the secret.</summary>
    private sealed class KnownToken(ReadOnlyMemory<char> token, string key)
    {
        public ReadOnlyMemory<char> Token { get; } = token;

        public string Key { get; } = key;
    }
}
