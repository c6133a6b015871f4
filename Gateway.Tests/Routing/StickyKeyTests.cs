using System.Net;
using Gateway.Core.Routing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Routing;

public sealed class StickyKeyTests
{
    /// <summary>Gateways of other versions, beside this one during an update, decide by the same numbers.</summary>
    [Fact]
    public void Keys_AreTheSameInEveryProcess()
    {
        StickyKey.OfText("").Should().Be(0xcbf29ce484222325);
        StickyKey.OfAddress(IPAddress.Parse("192.0.2.1")).Should().Be(Fnv(192, 0, 2, 1));
        StickyKey.OfText("aé€").Should().Be(Fnv('a', 0, 0xe9, 0, 0xac, 0x20));
        StickyKey.Mix(1).Should().Be(0xb456bcfc34c2cb2c);
    }

    [Theory]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void Addresses_AreOneClientsOrNot(string one, string other, bool same) =>
        (StickyKey.OfAddress(IPAddress.Parse(one)) == StickyKey.OfAddress(IPAddress.Parse(other))).Should().Be(same);

    [Fact]
    public void ContinuedText_IsTheWholeText() => StickyKey.OfText("cd", StickyKey.OfText("ab")).Should().Be(StickyKey.OfText("abcd"));

    [Fact]
    public void Keys_AllocateNothing()
    {
        IPAddress address = IPAddress.Parse("2001:db8::1");
        Allocations.Of(() => StickyKey.Mix(StickyKey.OfAddress(address) ^ StickyKey.OfText("session"))).Should().Be(0);
    }

    private static ulong Fnv(params int[] bytes) => bytes.Aggregate(0xcbf29ce484222325, static (hash, b) => (hash ^ (ulong)b) * 0x100000001b3);
}
