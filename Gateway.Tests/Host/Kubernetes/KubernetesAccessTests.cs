using Gateway.Host.Kubernetes;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Kubernetes;

public sealed class KubernetesAccessTests : IDisposable
{
    private readonly ConfigurationFiles _files = new();
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("10.96.0.1", "443", "https://10.96.0.1/")]
    [InlineData("fd00::1", "6443", "https://[fd00::1]:6443/")]
    public void Url_IsThePods(string host, string port, string expected)
    {
        (_environment["KUBERNETES_SERVICE_HOST"], _environment["KUBERNETES_SERVICE_PORT"]) = (host, port);
        Of(new KubernetesOptions()).Url().AbsoluteUri.Should().Be(expected);
        Of(new KubernetesOptions { ApiUrl = "https://other:1" }).Url().AbsoluteUri.Should().Be("https://other:1/", "what is said comes first");
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("10.96.0.1", null)]
    [InlineData("10.96.0.1", "tcp://10.96.0.1")]
    public void UrlOutsideAPod_IsAClearSentence(string? host, string? port)
    {
        foreach ((string name, string? value) in new[] { ("KUBERNETES_SERVICE_HOST", host), ("KUBERNETES_SERVICE_PORT", port) })
        {
            if (value is not null)
            {
                _environment[name] = value;
            }
        }

        FluentActions.Invoking(() => Of(new KubernetesOptions()).Url()).Should().Throw<KubernetesException>().WithMessage("*ApiUrl must be*");
    }

    [Fact]
    public void Namespace_IsTheServicesThenTheOptions()
    {
        Of(new KubernetesOptions { Namespace = "b" }).Namespace("a").Should().Be("a");
        Of(new KubernetesOptions { Namespace = "b" }).Namespace(null).Should().Be("b");
        FluentActions.Invoking(() => Of(new KubernetesOptions()).Namespace(null)).Should().Throw<KubernetesException>().WithMessage("*Namespace must be set*");
    }

    [Fact]
    public void Token_IsReadAnewEachTime()
    {
        _files.Write("token", " one\n");
        KubernetesAccess access = Of(new KubernetesOptions { TokenFile = "token" });
        access.Authorization()!.ToString().Should().Be("Bearer one");
        _files.Write("token", "two");
        access.Authorization()!.ToString().Should().Be("Bearer two");
        Of(new KubernetesOptions()).Authorization().Should().BeNull("this is no pod");
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("two\nlines")]
    public void FileWithoutAToken_IsAClearSentence(string content)
    {
        _files.Write("token", content);
        FluentActions.Invoking(() => Of(new KubernetesOptions { TokenFile = "token" }).Authorization())
            .Should().Throw<KubernetesException>().WithMessage("the file 'token' holds no token");
    }

    [Fact]
    public void MissingFiles_AreClearSentences()
    {
        FluentActions.Invoking(() => Of(new KubernetesOptions { TokenFile = "none" }).Authorization())
            .Should().Throw<KubernetesException>().WithMessage("the file 'none' does not exist");
        FluentActions.Invoking(() => Of(new KubernetesOptions { CaFile = "none" }).Connect())
            .Should().Throw<KubernetesException>().WithMessage("the file 'none' does not exist");
        _files.Write("ca", "no certificate");
        FluentActions.Invoking(() => Of(new KubernetesOptions { CaFile = "ca" }).Connect())
            .Should().Throw<KubernetesException>().WithMessage("*holds no certificates*");
    }

    private KubernetesAccess Of(KubernetesOptions options) => new(options, name => _environment.GetValueOrDefault(name), _files.Root);
}
