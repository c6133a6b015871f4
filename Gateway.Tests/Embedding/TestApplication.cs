using Gateway.Core;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Embedding;

/// <summary>An application of a test, on a port of its own, whose log is kept.</summary>
internal sealed class TestApplication : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _client = TestGateway.NewClient();

    private TestApplication(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public GatewayPipeline Pipeline => _app.Services.GetRequiredService<GatewayPipeline>();

    /// <summary>A builder that reads nothing of the machine.</summary>
    public static WebApplicationBuilder Builder(params (string Key, string Value)[] configuration)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(configuration.Select(static pair => new KeyValuePair<string, string?>(pair.Key, pair.Value)));
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder;
    }

    public static async Task<TestApplication> StartAsync(WebApplicationBuilder builder, Action<WebApplication> map)
    {
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync();
        return new TestApplication(app);
    }

    public async Task<(int Status, string Body)> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage answer = await SendAsync(path, headers);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Sends a GET, its path byte for byte.</summary>
    public async Task<HttpResponseMessage> SendAsync(string path, params (string Name, string Value)[] headers)
    {
        string address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        foreach ((string name, string value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await _client.SendAsync(request, CancellationToken.None);
    }

    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    /// <summary>Stops at once, without the delay of a drain.</summary>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        try
        {
            await _app.StopAsync(now.Token);
        }
        catch (OperationCanceledException)
        {
            // What was under way is broken off.
        }

        await _app.DisposeAsync();
        _client.Dispose();
    }
}
