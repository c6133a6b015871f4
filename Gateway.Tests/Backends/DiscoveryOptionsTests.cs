using Gateway.Core.Backends;
using Gateway.Core.Errors;

namespace Gateway.Tests.Backends;

public sealed class DiscoveryOptionsTests
{
    [Fact]
    public void Default_IsTheListAndNothingElse() => ErrorsOf(new DiscoveryOptions()).Should().BeEmpty();

    [Theory]
    [InlineData("http://product-headless:8004")]
    [InlineData("https://product.shop.svc.cluster.local")]
    public void Dns_TakesTheUrlOfAName(string url) => ErrorsOf(new DiscoveryOptions { Kind = DiscoveryKind.Dns, Url = url }).Should().BeEmpty();

    [Theory]
    [InlineData(null)]
    [InlineData("product:8004")]
    [InlineData("http://product/path")]
    [InlineData("http://10.0.0.4:80")]
    [InlineData("http://[::1]:80")]
    public void DnsWithoutAName_IsAnErrorAtTheUrl(string? url) =>
        ErrorsOf(new DiscoveryOptions { Kind = DiscoveryKind.Dns, Url = url }).Should().Equal("D:Url");

    [Theory]
    [InlineData("product-service", null, null)]
    [InlineData("p", "shop-2", "http")]
    [InlineData("p", "shop", "1")]
    [InlineData("p", "shop", "65535")]
    public void Kubernetes_TakesLabelsAndAPort(string service, string? at, string? port) => ErrorsOf(Kubernetes(service, at, port)).Should().BeEmpty();

    [Theory]
    [InlineData(null, null, null, "D:Service")]
    [InlineData("Product", null, null, "D:Service")]
    [InlineData("a/b", null, null, "D:Service")]
    [InlineData("-a", null, null, "D:Service")]
    [InlineData("a", "shop.x", null, "D:Namespace")]
    [InlineData("a", "", null, "D:Namespace")]
    [InlineData("a", null, "0", "D:Port")]
    [InlineData("a", null, "65536", "D:Port")]
    [InlineData("a", null, "http?", "D:Port")]
    public void KubernetesWithAnythingElse_IsAnErrorAtTheKey(string? service, string? at, string? port, string key) =>
        ErrorsOf(Kubernetes(service, at, port)).Should().Equal(key);

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void Label_HasABound(int length, bool valid) => (ErrorsOf(Kubernetes(new string('a', length))).Length == 0).Should().Be(valid);

    [Fact]
    public void OtherScheme_IsAnError() => ErrorsOf(Kubernetes("a") with { Scheme = "ftp" }).Should().Equal("D:Scheme");

    [Fact]
    public void KeysOfAnotherKind_AreErrors_AllAtOnce()
    {
        ErrorsOf(new DiscoveryOptions { Url = "http://a", Service = "b", Namespace = "c", Port = "d", Scheme = "https" })
            .Should().Equal("D:Url", "D:Service", "D:Namespace", "D:Port", "D:Scheme");
        ErrorsOf(Kubernetes("a") with { Url = "http://a" }).Should().Equal("D:Url");
        ErrorsOf(new DiscoveryOptions { Kind = DiscoveryKind.Dns, Url = "http://a", Port = "80" }).Should().Equal("D:Port");
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    public void StartTimeout_HasBounds(int seconds, bool valid) =>
        (ErrorsOf(new DiscoveryOptions { StartTimeout = TimeSpan.FromSeconds(seconds) }).Length == 0).Should().Be(valid);

    private static DiscoveryOptions Kubernetes(string? service, string? at = null, string? port = null) =>
        new() { Kind = DiscoveryKind.Kubernetes, Service = service, Namespace = at, Port = port };

    private static string[] ErrorsOf(DiscoveryOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("D", errors);
        return [.. errors.All.Select(static error => error.Key)];
    }
}
