using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Gateway.Host.Demo;
using Microsoft.AspNetCore.Routing;

namespace Gateway.Tests.Kit;

/// <summary>One demo service on a free port, with a client to ask it.</summary>
internal sealed class RunningDemoService : IAsyncDisposable
{
    private readonly DemoService _service;

    private RunningDemoService(DemoService service)
    {
        _service = service;
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }, disposeHandler: true)
        {
            BaseAddress = new Uri($"http://127.0.0.1:{service.Port}"),
        };
    }

    public HttpClient Client { get; }

    public static async Task<RunningDemoService> StartAsync(Action<IEndpointRouteBuilder, DemoAnswers> map, TimeProvider? clock = null) =>
        new(await DemoService.StartAsync("test", 0, map, clock ?? TimeProvider.System, CancellationToken.None));

    /// <summary>Sends a request and reads the whole answer; <c>Json</c> is undefined when it has no body.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Json, HttpResponseHeaders Headers)> SendAsync(
        string method, string target, string? body = null, string? user = null, string? token = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, MediaTypeNames.Application.Json);
        if (user is not null)
        {
            request.Headers.Add("X-User-ID", user);
        }

        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using HttpResponseMessage response = await Client.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.StartsWith('{') ? JsonElement.Parse(text) : default, response.Headers);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _service.DisposeAsync();
    }
}
