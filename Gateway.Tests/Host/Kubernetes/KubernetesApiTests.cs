using Gateway.Core.Backends;
using Gateway.Host.Kubernetes;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Kubernetes;

public sealed class KubernetesApiTests : IAsyncLifetime
{
    private static readonly DiscoveryOptions Discovery = new() { Kind = DiscoveryKind.Kubernetes, Service = "svc" };

    private FakeKubernetes _kubernetes = null!;

    public async Task InitializeAsync() => _kubernetes = await FakeKubernetes.StartAsync();

    public async Task DisposeAsync()
    {
        _kubernetes.Wrong.Should().BeEmpty();
        await _kubernetes.DisposeAsync();
    }

    [Fact]
    public async Task EmptyList_HasAVersion()
    {
        using KubernetesApi api = Api();
        (List<EndpointSlice> slices, string version) = (await api.ListAsync(CancellationToken.None))!.Value;
        slices.Should().BeEmpty();
        version.Should().Be("1000");
    }

    [Fact]
    public async Task List_IsReadPageByPage()
    {
        _kubernetes.MaxPage = 3;
        string[] names = [.. Enumerable.Range(0, 10).Select(static number => $"s{number}")];
        foreach (string name in names)
        {
            _kubernetes.Set(Slices.Of(name, "IPv4", 80, ("p", "10.0.0.1", "ready")));
        }

        using KubernetesApi api = Api();
        (await api.ListAsync(CancellationToken.None))!.Value.Slices.Select(static slice => slice.Metadata!.Name).Should().Equal(names);
        _kubernetes.Lists.Should().Be(4);
    }

    [Fact]
    public async Task PlaceLostBetweenPages_IsNoList()
    {
        _kubernetes.Refuse(410);
        using KubernetesApi api = Api();
        (await api.ListAsync(CancellationToken.None)).Should().BeNull();
    }

    [Theory]
    [InlineData(401, "the API server answered 401 (etcdserver: request timed out); the token is not accepted, it is read anew each time")]
    [InlineData(403, "the API server answered 403 (endpointslices is forbidden); the service account needs get, list and watch of endpointslices (discovery.k8s.io) in the namespace shop")]
    [InlineData(500, "the API server answered 500 (etcdserver: request timed out)")]
    [InlineData(429, "the API server answered 429 (etcdserver: request timed out)")]
    public async Task Refusal_IsAClearSentence(int status, string sentence)
    {
        _kubernetes.Refuse(status, status);
        using KubernetesApi api = Api();
        await FluentActions.Awaiting(() => api.ListAsync(CancellationToken.None)).Should().ThrowAsync<KubernetesException>().WithMessage(sentence);
        await FluentActions.Awaiting(() => api.WatchAsync("1000", TimeSpan.FromMinutes(1), CancellationToken.None))
            .Should().ThrowAsync<KubernetesException>().WithMessage(sentence);
    }

    [Theory]
    [InlineData("no JSON", "the list of endpoint slices is no such list")]
    [InlineData("null", "the list of endpoint slices is null")]
    [InlineData("[]", "the list of endpoint slices is no such list")]
    [InlineData("{}", "the list of endpoint slices has no resourceVersion")]
    public async Task AnswerThatIsNoList_IsAClearSentence(string body, string sentence)
    {
        await using TestInstance other = await TestInstance.StartAsync(http => http.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(body)).AsTask());
        using KubernetesApi api = Api(new KubernetesOptions { ApiUrl = other.Url });
        await FluentActions.Awaiting(() => api.ListAsync(CancellationToken.None)).Should().ThrowAsync<KubernetesException>().WithMessage(sentence);
    }

    [Fact]
    public async Task PageWithoutAnEnd_IsGivenUp()
    {
        await using TestInstance other = await TestInstance.StartAsync(static async http =>
        {
            byte[] piece = new byte[1 << 20];
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(piece, http.RequestAborted);
            }
        });
        using KubernetesApi api = Api(new KubernetesOptions { ApiUrl = other.Url });
        await FluentActions.Awaiting(() => api.ListAsync(CancellationToken.None)).Should().ThrowAsync<KubernetesException>();
    }

    [Fact]
    public async Task ServerThatIsAway_IsAClearSentence()
    {
        string url = _kubernetes.Url;
        await _kubernetes.DisposeAsync();
        using KubernetesApi api = Api(new KubernetesOptions { ApiUrl = url });
        await FluentActions.Awaiting(() => api.ListAsync(CancellationToken.None))
            .Should().ThrowAsync<KubernetesException>().WithMessage("the API server cannot be reached: *");
        _kubernetes = await FakeKubernetes.StartAsync();
    }

    [Fact]
    public async Task Tls_TrustsTheFilesAuthoritiesAlone()
    {
        using var certificate = new TestCertificate();
        using var files = new ConfigurationFiles();
        files.Write("ca.crt", certificate.Certificate.ExportCertificatePem());
        await using FakeKubernetes kubernetes = await FakeKubernetes.StartAsync(certificate: certificate.Certificate);
        string url = kubernetes.Url.Replace("127.0.0.1", "localhost");

        using KubernetesApi trusting = Api(new KubernetesOptions { ApiUrl = url, CaFile = Path.Combine(files.Root, "ca.crt") });
        (await trusting.ListAsync(CancellationToken.None)).Should().NotBeNull();
        using KubernetesApi other = Api(new KubernetesOptions { ApiUrl = url });
        await FluentActions.Awaiting(() => other.ListAsync(CancellationToken.None))
            .Should().ThrowAsync<KubernetesException>().WithMessage("the API server cannot be reached: *certificate*");
    }

    private KubernetesApi Api(KubernetesOptions? options = null) => new(
        new KubernetesAccess(options ?? _kubernetes.Options, static _ => null, Path.GetTempPath()), Discovery, "shop", TimeProvider.System);
}
