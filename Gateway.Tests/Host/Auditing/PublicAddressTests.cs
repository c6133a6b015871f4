using Gateway.Host.Auditing;

namespace Gateway.Tests.Host.Auditing;

public sealed class PublicAddressTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("::1")]
    [InlineData("fd00::1")]
    [InlineData("fe80::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("localhost")]
    [InlineData("product")]
    [InlineData("product.shop.svc")]
    [InlineData("profile.prod")]
    [InlineData("cart.dev.")]
    [InlineData("order.shop")]
    [InlineData("pay.QA")]
    [InlineData("product.shop.svc.cluster.local.")]
    [InlineData("host.docker.internal")]
    [InlineData("")]
    public void OwnNetwork_IsNot(string host) => PublicAddress.Is(host).Should().BeFalse();

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("api.partner.com")]
    [InlineData("svc.example.org.")]
    [InlineData("partner.COM")]
    [InlineData("partner.io")]
    [InlineData("api.partner.shop")]
    public void OtherNetwork_Is(string host) => PublicAddress.Is(host).Should().BeTrue();

    [Fact]
    public void OnlyHttp_IsUnencrypted()
    {
        PublicAddress.IsUnencrypted("http://api.partner.com:80").Should().BeTrue();
        PublicAddress.IsUnencrypted("http://[2001:4860::1]").Should().BeTrue();
        PublicAddress.IsUnencrypted("https://api.partner.com").Should().BeFalse();
        PublicAddress.IsUnencrypted("http://10.0.0.1").Should().BeFalse();
        PublicAddress.IsUnencrypted("").Should().BeFalse();
    }
}
