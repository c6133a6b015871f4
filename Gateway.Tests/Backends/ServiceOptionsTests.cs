using Gateway.Core.Backends;
using Gateway.Core.Errors;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

public sealed class ServiceOptionsTests
{
    [Theory]
    [InlineData("http://10.0.0.4:8004")]
    [InlineData("https://backend.internal")]
    [InlineData("http://[::1]:8080/")]
    public void SchemeHostAndPort_AreAnAddress(string url) => ErrorsOf(url).Should().BeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.4:8004")]
    [InlineData("ftp://10.0.0.4")]
    [InlineData("http://10.0.0.4/path")]
    [InlineData("http://10.0.0.4/?")]
    [InlineData("http://10.0.0.4/?a=1")]
    [InlineData("http://10.0.0.4/#")]
    [InlineData("http://user@10.0.0.4")]
    [InlineData("http://10.0.0.4:99999")]
    public void AnythingElse_IsAnErrorAtTheUrl(string url) =>
        ErrorsOf(url).Should().ContainSingle().Which.Key.Should().Be("S:Instances:0:Url");

    [Fact]
    public void AddressListedTwice_IsAnErrorAtTheSecond() =>
        ErrorsOf("http://a:80", "http://b", "http://A/").Should().ContainSingle().Which.Key.Should().Be("S:Instances:2:Url");

    [Fact]
    public void OneHostByHttpAndByHttps_IsTwoInstances() => ErrorsOf("http://a", "https://a").Should().BeEmpty();

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1_000, true)]
    [InlineData(1_001, false)]
    public void NumberOfInstances_HasBounds(int count, bool valid) =>
        ErrorsOf([.. Enumerable.Range(0, count).Select(at => $"http://host-{at}")]).Any(error => error.Key == "S:Instances").Should().Be(!valid);

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(10_000, true)]
    [InlineData(10_001, false)]
    public void Weight_HasBounds(int weight, bool valid) => (ErrorsOf(Given.ServiceOptions(weight)).Count == 0).Should().Be(valid);

    private static IReadOnlyList<OptionError> ErrorsOf(params string[] urls) =>
        ErrorsOf(new ServiceOptions { Instances = [.. urls.Select(url => new InstanceOptions { Url = url })] });

    private static IReadOnlyList<OptionError> ErrorsOf(ServiceOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("S", errors);
        return errors.All;
    }
}
