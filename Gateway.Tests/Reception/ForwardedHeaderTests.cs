using System.Net;
using Gateway.Core.Reception;
using Microsoft.Extensions.Primitives;

namespace Gateway.Tests.Reception;

/// <summary>RFC 7239.</summary>
public sealed class ForwardedHeaderTests
{
    [Theory]
    [InlineData("for=192.0.2.1")]
    [InlineData("for=192.0.2.1;proto=https;by=203.0.113.43;host=shop.example")]
    [InlineData("For=\"[2001:db8:cafe::17]:4711\"")]
    [InlineData("for=192.0.2.43, for=\"[2001:db8:cafe::17]\",for=unknown")]
    [InlineData("for=_SEVKISEK;;x=\"a,b;c\\\"d\\\\\";")]
    [InlineData("secret=\"\", for=\"\té\"")]
    public void WellFormed_IsAllKept(string header) => ForwardedHeader.WellFormed(header).Should().BeSameAs(header);

    [Theory]
    [InlineData("")]
    [InlineData(" , ,,")]
    [InlineData("192.0.2.1")]
    [InlineData("for")]
    [InlineData("for=")]
    [InlineData("=192.0.2.1")]
    [InlineData("for =192.0.2.1")]
    [InlineData("for= 192.0.2.1")]
    [InlineData("for=192.0.2.1; proto=https")]
    [InlineData("for=192.0.2.1 proto=https")]
    [InlineData("for=192.0.2.1:80")]
    [InlineData("for=[2001:db8::1]")]
    [InlineData("for=192.0.2.1;for=192.0.2.2")]
    [InlineData("for=\"192.0.2.1")]
    [InlineData("for=192.0.2.1\"")]
    [InlineData("for=\"192.0.2.1\"x")]
    [InlineData("for=x\"192.0.2.1\"")]
    [InlineData("for=\"a\\\"")]
    [InlineData("for=\"a\0\"")]
    [InlineData("for=\"a\\\0\"")]
    [InlineData("\"")]
    [InlineData("\"\"\"")]
    [InlineData("for=é")]
    public void Malformed_IsNothing(string header) => ForwardedHeader.WellFormed(header).Should().BeNull();

    [Theory]
    [InlineData("for=1, for, for=2;proto=http, for=3", "for=2;proto=http, for=3")]
    [InlineData("for=\"evil, for=2;host=\"a, b\"", "for=2;host=\"a, b\"")]
    [InlineData("for=\"evil\\, for=\"2\"", "for=\"2\"")]
    [InlineData("oops oops, , for=2,", "for=2")]
    public void WhatStandsRightOfTheMalformed_IsKept(string header, string kept) => ForwardedHeader.WellFormed(header).Should().Be(kept);

    [Fact]
    public void NoHeader_IsNothing() => ForwardedHeader.WellFormed(default).Should().BeNull();

    [Fact]
    public void SeveralHeaders_AreOneList() =>
        ForwardedHeader.WellFormed(new StringValues(["for=1", "for=2, for=3"])).Should().Be("for=1,for=2, for=3");

    [Theory]
    [InlineData(32, 32)]
    [InlineData(33, 32)]
    public void MoreElementsThanAreWalked_AreLeftOut(int sent, int kept) =>
        ForwardedHeader.WellFormed(string.Join(", ", Enumerable.Repeat("for=a", sent))).Should().Be(string.Join(", ", Enumerable.Repeat("for=a", kept)));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("\"192.0.2.1\"", "192.0.2.1")]
    [InlineData("\"192.0.2.1:4711\"", "192.0.2.1")]
    [InlineData("\"192.0.2.1:_port\"", "192.0.2.1")]
    [InlineData("\"[2001:db8::1]\"", "2001:db8::1")]
    [InlineData("\"[2001:db8::1]:65535\"", "2001:db8::1")]
    public void Address_IsRead(string node, string address)
    {
        ForwardedHeader.TryParseNode(node, out IPAddress? read).Should().BeTrue();
        read.Should().Be(IPAddress.Parse(address));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("unknown")]
    [InlineData("_hidden")]
    [InlineData("\"_hidden:80\"")]
    [InlineData("127.1")]
    [InlineData("010.0.0.1")]
    [InlineData("3221225985")]
    [InlineData("\"2001:db8::1\"")]
    [InlineData("\"[2001:db8::1\"")]
    [InlineData("\"[192.0.2.1]\"")]
    [InlineData("\"[fe80::1%1]\"")]
    [InlineData("\"[]\"")]
    [InlineData("\"192.0.2.1:\"")]
    [InlineData("\"192.0.2.1:123456\"")]
    [InlineData("\"192.0.2.1:_\"")]
    [InlineData("\"[2001:db8::1]80\"")]
    [InlineData("\"192.0.2.\\1\"")]
    public void AnythingElse_IsNoAddress(string node) => ForwardedHeader.TryParseNode(node, out _).Should().BeFalse();

    /// <summary>What is kept must be what everyone reads the same: from the left, quotes and all, it is well-formed again.</summary>
    [Fact]
    public void RandomText_NeverThrows_AndWhatIsKeptStandsByItself()
    {
        const string Pieces = "for=1;,\"\\ ab=";
        var random = new Random(7239);
        for (int i = 0; i < 20_000; i++)
        {
            string header = string.Concat(Enumerable.Range(0, random.Next(24)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            if (ForwardedHeader.WellFormed(header) is { } kept)
            {
                header.Should().Contain(kept);
                ForwardedHeader.WellFormed(kept).Should().Be(kept);
                ForwardedHeader.WellFormed(kept + ", for=1").Should().Be(kept + ", for=1");
            }
        }
    }
}
