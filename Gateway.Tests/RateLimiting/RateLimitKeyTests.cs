using System.Net;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;

namespace Gateway.Tests.RateLimiting;

public sealed class RateLimitKeyTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("0.0.0.0", "::", false)]
    [InlineData("0.0.0.4", "::4", false)]
    [InlineData("1.2.3.4", "0:0:102:304::", false)]
    [InlineData("1.2.3.4", "::1.2.3.4", false)]
    public void Addresses_ShareABucket_WhenOneSubscriberHasBoth(string a, string b, bool same) =>
        (RateLimitKey.OfAddress(IPAddress.Parse(a)) == RateLimitKey.OfAddress(IPAddress.Parse(b))).Should().Be(same);

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.x")]
    [InlineData("::ffff:203.0.113.77", "203.0.113.x")]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:x")]
    public void Address_IsShownByItsNetwork(string address, string shown) => RateLimitKey.OfAddress(IPAddress.Parse(address)).Masked.Should().Be(shown);

    [Fact]
    public void Hash_IsShownByItsFirstDigits() => RateLimitKey.OfText("abc").Masked.Should().Be("#ba7816");

    [Fact]
    public void ApiKeys_AreKeptApartAndHashed()
    {
        RateLimitKey.OfText("a").Should().Be(RateLimitKey.OfText("a")).And.NotBe(RateLimitKey.OfText("b"));

        // SHA-256 of "abc" begins so (FIPS 180-2, appendix B.1).
        RateLimitKey.OfText("abc").Value.Should().Be(new UInt128(0xba7816bf8f01cfea, 0x414140de5dae2223));
    }

    [Fact]
    public void LongApiKeys_AreHashedWhole()
    {
        string key = new('k', 20_000);
        RateLimitKey.OfText(key + "1").Should().NotBe(RateLimitKey.OfText(key + "2"));
    }

    [Fact]
    public void Sizes_HaveBucketsOfTheirOwn()
    {
        RateLimitKey key = RateLimitKey.OfText("k");
        RateLimitKey[] keys = [.. Enumerable.Range(0, 5).Select(index => key.Under(new BucketSize("p", index, 1, 1, TimeProvider.System)))];
        keys.Should().OnlyHaveUniqueItems().And.Contain(key);
    }

    [Fact]
    public void Keys_DoNotAllocate()
    {
        IPAddress v4 = IPAddress.Parse("192.0.2.1"), v6 = IPAddress.Parse("2001:db8::1");
        UInt128 all = 0;
        Allocations.Of(() => all ^= RateLimitKey.OfAddress(v4).Value ^ RateLimitKey.OfAddress(v6).Value ^ RateLimitKey.OfText("key").Value)
            .Should().Be(0);
    }
}
