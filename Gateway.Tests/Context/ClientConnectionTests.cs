using System.Net;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Context;

public sealed class ClientConnectionTests
{
    private static readonly IPAddress Peer = IPAddress.Parse("192.0.2.7");

    private readonly ClientConnection _connection = new();

    [Theory]
    [InlineData("HTTP/1.1")]
    [InlineData("HTTP/2")]
    public void Requests_OfOneConnection_ShareIt_AndOthersDoNot(string protocol)
    {
        var items = new Items();
        ClientConnection first = ClientConnection.Of(RequestOn(items, protocol));

        ClientConnection.Of(RequestOn(items, protocol)).Should().BeSameAs(first);
        ClientConnection.Of(RequestOn(new Items())).Should().NotBeSameAs(first);
    }

    [Fact]
    public void ServerWithoutConnections_HasOneForEachRequest()
    {
        ClientConnection.Of(new DefaultHttpContext()).Should().NotBeSameAs(ClientConnection.Of(new DefaultHttpContext()));
    }

    [Fact]
    public async Task RequestsAtOnce_GetTheSame()
    {
        var items = new Items();
        var found = new ClientConnection[4];
        await Given.OnThreads(found.Length, thread => found[thread] = ClientConnection.Of(RequestOn(items)));
        found.Should().AllSatisfy(one => one.Should().BeSameAs(found[0]));
    }

    [Fact]
    public void PeerAddress_IsWrittenOnce()
    {
        string text = _connection.TextOf(Peer, Peer);
        text.Should().Be("192.0.2.7");
        _connection.TextOf(Peer, Peer).Should().BeSameAs(text);
    }

    /// <summary>A proxy in front may be named anew for each request, as middleware of an embedder does.</summary>
    [Fact]
    public void AnotherPeer_IsWrittenAnew()
    {
        _connection.TextOf(Peer, Peer);
        IPAddress other = IPAddress.Parse("::ffff:198.51.100.1");
        _connection.TextOf(other, other.MapToIPv4()).Should().Be("198.51.100.1");
    }

    [Theory]
    [InlineData("token-1", "key-1")]
    [InlineData("token-2", null)]
    [InlineData("token-12", null)]
    [InlineData("token-", null)]
    [InlineData("", null)]
    public void Key_IsKnownOfTheSameTokenAlone(string asked, string? key)
    {
        _connection.Remember("token-1".AsMemory(), "key-1");
        _connection.KeyOf(new string(asked).AsMemory()).Should().Be(key);
    }

    [Fact]
    public void NextToken_TakesThePlaceOfTheLast()
    {
        _connection.Remember("token-1".AsMemory(), "key-1");
        _connection.Remember("token-2".AsMemory(), "key-2");

        _connection.KeyOf("token-1".AsMemory()).Should().BeNull();
        _connection.KeyOf("token-2".AsMemory()).Should().Be("key-2");
    }

    [Theory]
    [InlineData(ClientConnection.LongestHeader, true)]
    [InlineData(ClientConnection.LongestHeader + 1, false)]
    public void TokenInALongHeader_IsNotKept(int length, bool isKept)
    {
        ReadOnlyMemory<char> token = new string('a', length).AsMemory(7, 100);
        _connection.Remember(token, "key");
        (_connection.KeyOf(token) is not null).Should().Be(isKept);
    }

    [Fact]
    public void WhatIsRemembered_CostsNoAllocation()
    {
        _connection.Remember("token-1".AsMemory(), "key-1");
        _connection.TextOf(Peer, Peer);
        Allocations.Of(() =>
        {
            _connection.KeyOf("token-1".AsMemory());
            _connection.TextOf(Peer, Peer);
        }).Should().Be(0);
    }

    private static DefaultHttpContext RequestOn(Items items, string protocol = "HTTP/2")
    {
        var http = new DefaultHttpContext();
        http.Request.Protocol = protocol;
        http.Features.Set<IConnectionItemsFeature>(items);
        return http;
    }

    private sealed class Items : IConnectionItemsFeature
    {
        IDictionary<object, object?> IConnectionItemsFeature.Items { get; set; } = new ConnectionItems();
    }
}
