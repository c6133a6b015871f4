using System.Text;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Manifests;

/// <summary>The base's ConfigMap serves: with an API server that knows a pod of each service, and nothing else changed but where things are.</summary>
public sealed class ServedConfigurationTests : IAsyncLifetime
{
    private static readonly IReadOnlyDictionary<string, ServiceOptions> Services = GatewayConfiguration.Options.Services;

    private readonly Dictionary<string, TestInstance> _pods = [];
    private FakeKubernetes _kubernetes = null!;

    public async Task InitializeAsync()
    {
        _kubernetes = await FakeKubernetes.StartAsync();
        _kubernetes.Services = [.. Services.Values.Select(static service => service.Discovery.Service!)];
        foreach ((string name, ServiceOptions service) in Services)
        {
            TestInstance pod = await TestInstance.StartAsync(http => AnswerAsync(name, http));
            _pods.Add(name, pod);
            _kubernetes.Set(Slices.OfPod(service.Discovery.Service!, new Uri(pod.Url).Port));
        }
    }

    public async Task DisposeAsync()
    {
        foreach (TestInstance pod in _pods.Values)
        {
            await pod.DisposeAsync();
        }

        await _kubernetes.DisposeAsync();
    }

    [Fact]
    public async Task EachService_AnswersTheRequestsThatTheConfigurationMeansForIt()
    {
        using var files = new ConfigurationFiles();
        files.Write(GatewayConfiguration.FileName, GatewayConfiguration.Json);
        await using GatewayProcess gateway = GatewayProcess.Start(files.Root, ["run", "--config", GatewayConfiguration.FileName, .. Places()]);
        using var client = new HttpClient { BaseAddress = (await gateway.ServingAsync()).Public };
        (await Eventually.BecomesAsync(() => IsReadyAsync(client), static isReady => isReady)).Should().BeTrue();

        foreach (Gateway.Host.Configuration.TestOptions test in ConfigurationFiles.Load(GatewayConfiguration.Json).Configuration!.Tests)
        {
            string[] request = test.Request.Split(' ');
            (await SendAsync(client, request[0], request[1])).Should().Be(
                $"{test.Expect.Service} {request[0]} {request[1].Replace("/api", "", StringComparison.Ordinal)} {UserOf(test.Expect.Route!)}");
        }

        _kubernetes.Wrong.Should().BeEmpty();
    }

    /// <summary>Pods have ports of their own here, and share one machine.</summary>
    private IEnumerable<string> Places() => new Dictionary<string, string>
    {
        ["Kestrel:Endpoints:Public:Url"] = "http://127.0.0.1:0",
        ["Gateway:Admin:Url"] = "http://127.0.0.1:0",
        ["Gateway:Kubernetes:ApiUrl"] = _kubernetes.Url,
        ["Gateway:Kubernetes:Namespace"] = _kubernetes.Options.Namespace!,
        ["Gateway:Auth:ServiceUrl"] = _pods["auth"].Url,
    }
    .Concat(_pods.Select(static pod => KeyValuePair.Create($"Gateway:Services:{pod.Key}:Discovery:Port", $"{new Uri(pod.Value.Url).Port}")))
    .SelectMany(static place => new[] { "--set", $"{place.Key}={place.Value}" });

    /// <summary>Tells who was asked for what, and by whom; the auth service knows one user, who may do everything.</summary>
    private static Task AnswerAsync(string service, HttpContext http) => http.Response.WriteAsync(
        service == "auth" && http.Request.Path == "/verify"
            ? """{ "user_id": "alice", "email": "alice@example.com", "roles": [ "admin" ], "scopes": [] }"""
            : $"{service} {http.Request.Method} {http.Request.Path} {http.Request.Headers["X-User-ID"]}");

    private static string UserOf(string route) => GatewayConfiguration.Options.Routes[route].Auth == RouteAuth.Anonymous ? "" : "alice";

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        using HttpResponseMessage response = await client.GetAsync("/health/ready");
        return response.IsSuccessStatusCode;
    }

    private static async Task<string> SendAsync(HttpClient client, string method, string target)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        request.Headers.Authorization = new("Bearer", "token-of-alice");
        request.Content = method == "POST" ? new StringContent("{}", Encoding.UTF8, "application/json") : null;
        using HttpResponseMessage response = await client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
