using System.Net;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Tests.Reception;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("10.1.2.3/8", "10.0.0.0/8")]
    [InlineData("192.0.2.7", "192.0.2.7/32")]
    [InlineData("192.0.2.7/32", "192.0.2.7/32")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("192.0.2.255/25", "192.0.2.128/25")]
    [InlineData("2001:db8::1", "2001:db8::1/128")]
    [InlineData("2001:db8:ffff::/33", "2001:db8:8000::/33")]
    [InlineData("::/0", "::/0")]
    [InlineData("::ffff:10.0.0.0/104", "10.0.0.0/8")]
    public void AddressOrNetwork_IsRead(string text, string network)
    {
        ClientAddress.TryParseNetwork(text, out IPNetwork read).Should().BeTrue();
        read.Should().Be(IPNetwork.Parse(network));
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("2001:db8::/129")]
    [InlineData("10/8")]
    [InlineData("10.1/16")]
    [InlineData("010.0.0.1")]
    [InlineData("0x0a.0.0.1")]
    [InlineData("fe80::1%1")]
    [InlineData("[::1]")]
    [InlineData(" 10.0.0.1")]
    public void AnythingElse_IsNot(string text) => ClientAddress.TryParseNetwork(text, out _).Should().BeFalse();

    [Fact]
    public void NoTrustedProxy_ThePeerIsTheClient_WhateverItSays()
    {
        Resolve([], "10.0.0.1", "198.51.100.1", out bool trusted).Should().Be("10.0.0.1");
        trusted.Should().BeFalse();
    }

    [Fact]
    public void StrangePeer_IsNotBelieved()
    {
        Resolve(["10.0.0.0/8"], "203.0.113.9", "198.51.100.1", out bool trusted).Should().Be("203.0.113.9");
        trusted.Should().BeFalse();
    }

    [Theory]
    [InlineData("198.51.100.1", "198.51.100.1")]
    [InlineData("6.6.6.6, 198.51.100.1", "198.51.100.1")]
    [InlineData("6.6.6.6, 198.51.100.1, 10.0.0.7", "198.51.100.1")]
    [InlineData("6.6.6.6,198.51.100.1 ,10.0.0.7,10.9.9.9", "198.51.100.1")]
    [InlineData("10.0.0.8, 10.0.0.7", "10.0.0.8")]
    [InlineData("198.51.100.1:4711", "198.51.100.1")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData("[2001:db8::1]", "2001:db8::1")]
    [InlineData("::ffff:198.51.100.1", "198.51.100.1")]
    [InlineData("::ffff:10.0.0.7, 10.0.0.8", "10.0.0.7")]
    [InlineData("198.51.100.1, ", "198.51.100.1")]
    [InlineData("198.51.100.1,, 10.0.0.7,", "198.51.100.1")]
    public void TrustedPeer_IsWalkedBackToTheFirstStranger(string forwardedFor, string client)
    {
        Resolve(["10.0.0.0/8"], "10.0.0.1", forwardedFor, out bool trusted).Should().Be(client);
        trusted.Should().BeTrue();
    }

    [Theory]
    [InlineData("unknown", "10.0.0.1")]
    [InlineData("198.51.100.1, _hidden", "10.0.0.1")]
    [InlineData("198.51.100.1, nonsense, 10.0.0.7", "10.0.0.7")]
    [InlineData("", "10.0.0.1")]
    [InlineData(" , ,", "10.0.0.1")]
    public void Nonsense_EndsTheWalkAtTheLastAddressKnown(string forwardedFor, string client) =>
        Resolve(["10.0.0.0/8"], "10.0.0.1", forwardedFor, out _).Should().Be(client);

    [Fact]
    public void SeveralHeaders_AreOneList() =>
        Resolve(["10.0.0.0/8"], "10.0.0.1", new StringValues(["6.6.6.6", "198.51.100.1", "10.0.0.7"]), out _).Should().Be("198.51.100.1");

    [Theory]
    [InlineData(31, "198.51.100.1")]
    [InlineData(32, "10.0.0.1")]
    public void Walk_HasALongestLength(int proxies, string client) =>
        Resolve(["10.0.0.0/8"], "10.0.0.1", "198.51.100.1, " + string.Join(", ", Enumerable.Repeat("10.0.0.1", proxies)), out _).Should().Be(client);

    [Theory]
    [InlineData("for=198.51.100.1", "198.51.100.1")]
    [InlineData("for=6.6.6.6, for=198.51.100.1;proto=https", "198.51.100.1")]
    [InlineData("for=6.6.6.6, by=a;FOR=198.51.100.1, for=10.0.0.7", "198.51.100.1")]
    [InlineData("for=\"[2001:db8::1]:4711\"", "2001:db8::1")]
    [InlineData("for=\"[::ffff:198.51.100.1]\"", "198.51.100.1")]
    [InlineData("for=\"evil, for=198.51.100.1", "198.51.100.1")]
    [InlineData("for=\"evil, for=198.51.100.1;host=\"a, b\"", "198.51.100.1")]
    public void ForwardedOfATrustedPeer_IsWalkedBackToTheFirstStranger(string forwarded, string client)
    {
        Told(["10.0.0.0/8"], "10.0.0.1", new HeaderDictionary { ["Forwarded"] = forwarded }, out bool trusted).Should().Be(client);
        trusted.Should().BeTrue();
    }

    [Theory]
    [InlineData("for=unknown", "10.0.0.1")]
    [InlineData("for=198.51.100.1, for=_hidden", "10.0.0.1")]
    [InlineData("for=198.51.100.1, for=unknown, for=10.0.0.7", "10.0.0.7")]
    [InlineData("for=198.51.100.1, proto=https", "10.0.0.1")]
    [InlineData("for=198.51.100.1, for=10.0.0.7 oops", "10.0.0.1")]
    [InlineData("for=198.51.100.1, for=2001:db8::1", "10.0.0.1")]
    [InlineData("", "10.0.0.1")]
    public void ForwardedThatHidesOrIsMalformed_EndsTheWalk(string forwarded, string client) =>
        Told(["10.0.0.0/8"], "10.0.0.1", new HeaderDictionary { ["Forwarded"] = forwarded }, out _).Should().Be(client);

    [Fact]
    public void ForwardedOfAStranger_IsNotBelieved() =>
        Told(["10.0.0.0/8"], "203.0.113.9", new HeaderDictionary { ["Forwarded"] = "for=198.51.100.1" }, out _).Should().Be("203.0.113.9");

    [Theory]
    [InlineData("198.51.100.1", "198.51.100.1")]
    [InlineData("unknown", "10.0.0.1")]
    public void XForwardedFor_DecidesWhereThereAreBoth(string forwardedFor, string client) =>
        Told(["10.0.0.0/8"], "10.0.0.1", new HeaderDictionary { ["X-Forwarded-For"] = forwardedFor, ["Forwarded"] = "for=192.0.2.1" }, out _)
            .Should().Be(client);

    [Theory]
    [InlineData(31, "198.51.100.1")]
    [InlineData(32, "10.0.0.1")]
    public void WalkOfForwarded_HasALongestLength(int proxies, string client) =>
        Told(["10.0.0.0/8"], "10.0.0.1", new HeaderDictionary
        {
            ["Forwarded"] = "for=198.51.100.1, " + string.Join(", ", Enumerable.Repeat("for=10.0.0.1", proxies)),
        }, out _).Should().Be(client);

    [Theory]
    [InlineData("203.0.113.9")]
    [InlineData("10.0.0.1")]
    public void RequestWithoutForwardedHeaders_AllocatesNothing(string peer)
    {
        var clients = new ClientAddress(["10.0.0.0/8"]);
        var headers = new HeaderDictionary { ["Accept"] = "*/*" };
        IPAddress address = IPAddress.Parse(peer);

        Allocations.Of(() => clients.Resolve(address, headers, out _)).Should().Be(0);
    }

    [Fact]
    public void MappedPeer_IsAnIPv4Address()
    {
        Resolve(["10.0.0.0/8"], "::ffff:10.0.0.1", "198.51.100.1", out bool trusted).Should().Be("198.51.100.1");
        trusted.Should().BeTrue();
        Resolve([], "::ffff:192.0.2.1", default, out _).Should().Be("192.0.2.1");
    }

    [Fact]
    public void NoPeer_IsNobody() =>
        new ClientAddress([]).Resolve(null, new HeaderDictionary(), out _).Should().Be(IPAddress.None);

    [Fact]
    public void TrustedProxyThatIsNone_IsRefused() =>
        FluentActions.Invoking(() => new ClientAddress(["nowhere"])).Should().Throw<ArgumentException>();

    private static string Resolve(string[] trusted, string peer, StringValues forwardedFor, out bool peerIsTrusted) =>
        Told(trusted, peer, new HeaderDictionary { ["X-Forwarded-For"] = forwardedFor }, out peerIsTrusted);

    private static string Told(string[] trusted, string peer, HeaderDictionary headers, out bool peerIsTrusted) =>
        new ClientAddress(trusted).Resolve(IPAddress.Parse(peer), headers, out peerIsTrusted).ToString();
}
