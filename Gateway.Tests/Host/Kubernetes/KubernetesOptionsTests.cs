using Gateway.Core.Errors;
using Gateway.Host.Kubernetes;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Kubernetes;

public sealed class KubernetesOptionsTests
{
    [Fact]
    public void Default_IsThePodsOwn() => ErrorsOf(new KubernetesOptions()).Should().BeEmpty();

    [Theory]
    [InlineData("https://10.96.0.1:443")]
    [InlineData("https://[fd00::1]:6443/")]
    [InlineData("http://127.0.0.1:8001")]
    [InlineData("http://localhost:8001")]
    [InlineData("http://[::1]:8001")]
    public void ApiUrl_IsHttps_OrOnThisMachine(string url) => ErrorsOf(new KubernetesOptions { ApiUrl = url }).Should().BeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("10.96.0.1:443")]
    [InlineData("http://10.96.0.1:443")]
    [InlineData("https://10.96.0.1/api")]
    [InlineData("https://user@10.96.0.1")]
    public void OtherApiUrl_IsAnError(string url) => ErrorsOf(new KubernetesOptions { ApiUrl = url }).Should().Equal("K:ApiUrl");

    [Fact]
    public void EmptyNames_AreErrors_AllAtOnce() =>
        ErrorsOf(new KubernetesOptions { TokenFile = "", CaFile = "", Namespace = "" }).Should().Equal("K:TokenFile", "K:CaFile", "K:Namespace");

    [Theory]
    [InlineData(0.9, false)]
    [InlineData(1, true)]
    [InlineData(3600, true)]
    [InlineData(3601, false)]
    public void Timeouts_HaveBounds(double seconds, bool valid)
    {
        TimeSpan time = TimeSpan.FromSeconds(seconds);
        ErrorsOf(new KubernetesOptions { WatchTimeout = time, SilenceTimeout = time })
            .Should().Equal(valid ? [] : ["K:WatchTimeout", "K:SilenceTimeout"]);
    }

    /// <summary>Files and variables of a pod are not there where a configuration is checked.</summary>
    [Fact]
    public void Configuration_IsCheckedOutsideACluster()
    {
        ConfigurationFiles.Load("""
            { "Gateway": {
                "Kubernetes": { "TokenFile": "token", "CaFile": "ca.crt" },
                "Services": { "product": { "Discovery": { "Kind": "Kubernetes", "Service": "product-service", "Port": 8004 }, "HealthCheck": {} } }
            } }
            """).Problems.Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{ "Kubernetes": { §"ApiURI": "https://a" } }""", "Gateway:Kubernetes:ApiURI: unknown key; did you mean 'ApiUrl'?")]
    [InlineData("""{ "Services": { "a": { "Discovery": { "Kind": §"Kubernets", "Service": "a" } } } }""",
        "Gateway:Services:a:Discovery:Kind: 'Kubernets' is not one of Static, Dns, Kubernetes; did you mean 'Kubernetes'?")]
    [InlineData("""{ "Services": { "a": { "Discovery": { "Kind": "Kubernetes", "Service": "a", §"Prot": "http" } } } }""",
        "Gateway:Services:a:Discovery:Prot: unknown key; did you mean 'Port'?")]
    [InlineData("""{ "Services": { "a": { "Discovery": { "Kind": "Dns", "Url": "http://a" }, "Instances": §[ { "Url": "http://10.0.0.1" } ] } } }""",
        "Gateway:Services:a:Instances: the service has Discovery of the kind Dns, which finds its instances; list none")]
    [InlineData("""{ "Services": { "a": { "Discovery": §{ "Kind": "Kubernetes" } } } }""",
        "Gateway:Services:a:Discovery:Service: discovery by Kubernetes needs the name of a Service object")]
    public void WrongConfiguration_IsOneSentenceWithItsPlace(string gateway, string problem) =>
        ConfigurationFiles.ExpectProblems($$"""{ "Gateway": {{gateway}} }""", problem);

    private static string[] ErrorsOf(KubernetesOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("K", errors);
        return [.. errors.All.Select(static error => error.Key)];
    }
}
