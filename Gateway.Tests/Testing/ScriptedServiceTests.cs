using System.Net;
using Gateway.Core.Testing;

namespace Gateway.Tests.Testing;

public sealed class ScriptedServiceTests : IDisposable
{
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler());

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Answers_AsTheTestSays_AndRemembersWhatCame()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        (await SendAsync(service, "/a%2Fb?c")).Should().Be((HttpStatusCode.OK, ""));
        service.AnswerWith(418, "tea");
        (await SendAsync(service, "/")).Should().Be(((HttpStatusCode)418, "tea"));

        service.Received.Select(static request => $"{request.Method} {request.Target} {request.Headers["x-test"]}")
            .Should().Equal("GET /a%2Fb?c 1, 2", "GET / 1, 2");
    }

    [Fact]
    public async Task BreakOff_EndsTheConnection_AndStopRefusesNewOnes()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        service.BreakOff();
        await FluentActions.Awaiting(() => SendAsync(service, "/")).Should().ThrowAsync<HttpRequestException>();
        service.AnswerWith(200);
        (await SendAsync(service, "/")).Status.Should().Be(HttpStatusCode.OK);

        string url = service.Url;
        await service.StopAsync();
        await FluentActions.Awaiting(() => SendAsync(url)).Should().ThrowAsync<HttpRequestException>();
    }

    private Task<(HttpStatusCode Status, string Body)> SendAsync(ScriptedService service, string target) => SendAsync(service.Url + target);

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(string url)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.Add("X-Test", ["1", "2"]);
        using HttpResponseMessage response = await _client.SendAsync(request, CancellationToken.None);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
