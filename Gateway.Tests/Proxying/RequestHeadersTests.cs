using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Primitives;

namespace Gateway.Tests.Proxying;

public sealed class RequestHeadersTests : IDisposable
{
    private readonly FakeExchange _exchange = new();
    private readonly GatewayContext _context;

    public RequestHeadersTests()
    {
        _context = _exchange.Context();
        _context.ClientIpText = "203.0.113.9";
        _exchange.Http.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:10.0.0.1");
    }

    private Microsoft.AspNetCore.Http.IHeaderDictionary Client => _exchange.Http.Request.Headers;

    public void Dispose() => _exchange.Dispose();

    [Fact]
    public void RequestWithoutHeaders_GetsOurs() => Copied().Should().BeEquivalentTo(new Dictionary<string, string>
    {
        ["X-Correlation-ID"] = "c-1",
        ["traceparent"] = _context.TraceParent,
        ["Via"] = "1.1 gateway",
        ["X-Forwarded-For"] = "203.0.113.9",
        ["X-Forwarded-Proto"] = "http",
        ["X-Forwarded-Host"] = "gateway.example",
    });

    [Fact]
    public void ClientsHeaders_GoOn()
    {
        Client["Accept"] = "text/html;q=0.8";
        Client["X-Odd"] = "é";
        Client.ContentType = "text/x-odd; a=\"b";

        Copied().Should().Contain("Accept", "text/html;q=0.8").And.Contain("X-Odd", "é").And.Contain("Content-Type", "text/x-odd; a=\"b");
    }

    [Theory]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("TE")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Proxy-Authorization")]
    [InlineData("Content-Length")]
    [InlineData("Expect")]
    [InlineData("Forwarded")]
    [InlineData("X-User-ID")]
    [InlineData("x_user_roles")]
    [InlineData("X-Auth-Whatever")]
    [InlineData("X_Forwarded_For")]
    [InlineData("X_Correlation_ID")]
    [InlineData("x-forwarded_proto")]
    public void HeaderThatEndsHereOrIsOursToWrite_DoesNotGoOn(string name)
    {
        Client[name] = "forged";
        Copied().Values.Should().NotContain(value => value.Contains("forged"));
    }

    /// <summary>The service is asked under its own name; the client's stands in X-Forwarded-Host.</summary>
    [Fact]
    public void HostOfTheClient_IsNotTheServices() => Copied().Should().NotContainKey("Host").And.Contain("X-Forwarded-Host", "gateway.example");

    [Fact]
    public void HeaderNamedByConnection_EndsHere()
    {
        Client.Connection = "X-Hop";
        Client["X-Hop"] = "1";
        Copied().Should().NotContainKey("X-Hop");
    }

    [Fact]
    public void Connection_CannotTakeAwayWhatWeWrite()
    {
        _context.User = Given.User("u1");
        Client.Connection = "X-User-ID, X-Correlation-ID, X-Forwarded-For";
        Copied().Keys.Should().Contain("X-User-ID", "X-Correlation-ID", "X-Forwarded-For");
    }

    [Fact]
    public void ForwardedHeadersOfAnUntrustedPeer_AreReplaced()
    {
        Client["X-Forwarded-For"] = "198.51.100.1";
        Client["X-Forwarded-Proto"] = "https";
        Client["X-Forwarded-Host"] = "forged";

        Copied().Should().Contain("X-Forwarded-For", "203.0.113.9").And.Contain("X-Forwarded-Proto", "http")
            .And.Contain("X-Forwarded-Host", "gateway.example");
    }

    [Fact]
    public void ForwardedHeadersOfATrustedPeer_AreContinuedWithThePeersOwnAddress()
    {
        _context.PeerIsTrusted = true;
        Client["X-Forwarded-For"] = new StringValues(["198.51.100.1", "203.0.113.9"]);
        Client["X-Forwarded-Proto"] = "https";
        Client["X-Forwarded-Host"] = "shop.example";

        Copied().Should().Contain("X-Forwarded-For", "198.51.100.1,203.0.113.9, 10.0.0.1").And.Contain("X-Forwarded-Proto", "https")
            .And.Contain("X-Forwarded-Host", "shop.example");
    }

    [Fact]
    public void ForwardedOfATrustedPeer_IsContinued_AndXForwardedForNamesTheSameClient()
    {
        (_context.PeerIsTrusted, _context.Forwarded) = (true, "for=203.0.113.9");
        Client["Forwarded"] = "for=broken broken, for=203.0.113.9";

        Copied().Should().Contain("Forwarded", "for=203.0.113.9, for=10.0.0.1;proto=http;host=\"gateway.example\"")
            .And.Contain("X-Forwarded-For", "203.0.113.9, 10.0.0.1");
    }

    [Fact]
    public void ForwardedAndXForwardedFor_AreBothContinued()
    {
        (_context.PeerIsTrusted, _context.Forwarded) = (true, "for=198.51.100.1");
        Client["X-Forwarded-For"] = "203.0.113.9";

        Copied().Should().Contain("Forwarded", "for=198.51.100.1, for=10.0.0.1;proto=http;host=\"gateway.example\"")
            .And.Contain("X-Forwarded-For", "203.0.113.9, 10.0.0.1");
    }

    [Fact]
    public void ForwardedOfWhichNothingCanBeBelieved_IsNotContinued()
    {
        _context.PeerIsTrusted = true;
        Client["Forwarded"] = "for=broken broken";
        Copied().Should().NotContainKey("Forwarded");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatElseProxiesSay_GoesOnFromTrustedOnesAlone(bool trusted)
    {
        _context.PeerIsTrusted = trusted;
        Client["X-Real-IP"] = "198.51.100.1";
        Client["X-Forwarded-Port"] = "8443";

        Copied().ContainsKey("X-Real-IP").Should().Be(trusted);
        Copied().ContainsKey("X-Forwarded-Port").Should().Be(trusted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tracestate_GoesOnWithItsTraceparentAlone(bool continued)
    {
        _context.TraceIsContinued = continued;
        Client["tracestate"] = "vendor=1";
        Copied().ContainsKey("tracestate").Should().Be(continued);
    }

    [Fact]
    public void TrustedPeerThatForwardsNothing_IsTheClient()
    {
        _context.PeerIsTrusted = true;
        Copied().Should().Contain("X-Forwarded-For", "10.0.0.1").And.Contain("X-Forwarded-Proto", "http");
    }

    [Theory]
    [InlineData("HTTP/1.0", "1.0 gateway")]
    [InlineData("HTTP/1.1", "1.1 gateway")]
    [InlineData("HTTP/2", "2.0 gateway")]
    [InlineData("HTTP/3", "3.0 gateway")]
    public void Via_NamesTheProtocolOfTheClient(string protocol, string via)
    {
        _exchange.Http.Request.Protocol = protocol;
        Copied()["Via"].Should().Be(via);
    }

    [Fact]
    public void Via_IsAppendedToThoseBefore()
    {
        Client.Via = "1.1 outer";
        Copied()["Via"].Should().Be("1.1 outer, 1.1 gateway");
    }

    [Fact]
    public void User_IsToldWithRolesAndTier()
    {
        _context.User = new UserContext("u1", "a@b.c", ["admin", "buyer"], ["read"], "gold", null);

        Copied().Should().Contain("X-User-ID", "u1").And.Contain("X-User-Roles", "admin,buyer").And.Contain("X-User-Tier", "gold");
    }

    [Fact]
    public void UserWithoutRolesAndTier_IsToldByIdAlone()
    {
        _context.User = Given.User("u1");
        Copied().Keys.Where(name => name.StartsWith("X-User-", StringComparison.Ordinal)).Should().Equal("X-User-ID");
    }

    /// <summary>RFC 9113 §8.2.3: HTTP/2 clients may send cookies in pieces, which HTTP/1.1 writes as one header.</summary>
    [Fact]
    public async Task CookiesInPieces_ReachTheServiceAsOneHeader()
    {
        Client.Cookie = new StringValues(["a=1", "b=2"]);
        using var message = new HttpRequestMessage();
        RequestHeaders.Copy(_context, message, isHttp2: false);
        var seen = new TaskCompletionSource<string>();
        await using var instance = new ScriptedInstance(async connection =>
        {
            seen.SetResult(await connection.ReadUntilAsync("\r\n\r\n"));
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        message.RequestUri = new Uri(instance.Url);
        using var connections = new ServiceConnections(new ServiceOptions());

        using HttpResponseMessage response = await connections.SendAsync(message, CancellationToken.None);

        (await seen.Task).Should().Contain("\r\nCookie: a=1; b=2\r\n");
    }

    private Dictionary<string, string> Copied()
    {
        using var message = new HttpRequestMessage();
        RequestHeaders.Copy(_context, message, isHttp2: false);
        return message.Headers.NonValidated.Concat(message.Content is null ? [] : message.Content.Headers.NonValidated.AsEnumerable())
            .ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
    }
}
