using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Process;

/// <summary><c>gateway demo --any-ports</c>: what its guide promises, held by the lines that it prints.</summary>
public sealed class DemoTests : IAsyncLifetime
{
    private ConfigurationFiles _folder = null!;
    private HttpMessageInvoker _client = null!;
    private GatewayProcess _demo = null!;
    private string _guide = "";

    public async Task InitializeAsync()
    {
        (_folder, _client) = (new ConfigurationFiles(), TestGateway.NewClient());
        _demo = GatewayProcess.Start(_folder.Root, "demo", "--any-ports");
        _guide = (await _demo.Output.MatchAsync(new Regex("The gateway serves(.|\n)*circuit_state\\)'\n"))).Value;
    }

    public async Task DisposeAsync()
    {
        await _demo.DisposeAsync();
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task EachPlainLine_KeepsItsPromise()
    {
        CurlLine[] lines = CurlLine.In(_guide);
        lines.Should().HaveCount(7, "public, missing token, token, unknown path, wrong method, limit, preflight");

        using HttpResponseMessage open = await lines[0].SendAsync(_client);
        using HttpResponseMessage missing = await lines[1].SendAsync(_client);
        using HttpResponseMessage known = await lines[2].SendAsync(_client);
        using HttpResponseMessage unknownPath = await lines[3].SendAsync(_client);
        using HttpResponseMessage wrongMethod = await lines[4].SendAsync(_client);
        using HttpResponseMessage preflight = await lines[6].SendAsync(_client);

        open.StatusCode.Should().Be(HttpStatusCode.OK);
        missing.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        known.StatusCode.Should().Be(HttpStatusCode.OK);
        using JsonDocument answer = await JsonDocument.ParseAsync(await known.Content.ReadAsStreamAsync());
        answer.RootElement.GetRawText().Should().MatchRegex("(?i)\"x-user-id\" *: *\"alice\"", "the service saw it");
        unknownPath.StatusCode.Should().Be(HttpStatusCode.NotFound);
        wrongMethod.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        wrongMethod.Content.Headers.Allow.Should().BeEquivalentTo("GET", "HEAD", "POST");
        preflight.StatusCode.Should().Be(HttpStatusCode.NoContent);
        preflight.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("https://projectzero.com");
    }

    [Fact]
    public async Task Burst_BringsA429WithRetryAfter()
    {
        CurlLine notifications = CurlLine.In(_guide)[5];
        var statuses = new List<int>();

        // The bucket of 5 gets one a second back, so this ends unless it never refuses.
        HttpResponseMessage response;
        do
        {
            response = await notifications.SendAsync(_client);
            statuses.Add((int)response.StatusCode);
        }
        while (response.IsSuccessStatusCode && statuses.Count < 100);

        statuses.Take(5).Should().OnlyContain(static status => status == 200);
        statuses[^1].Should().Be(429);
        response.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        response.Dispose();
    }

    [Fact]
    public async Task ServiceThatGoesDown_Is502FiveTimesThenCircuitOpenThenWellByItself()
    {
        CurlLine products = CurlLine.In(_guide)[0];
        var knob = new Uri(Regex.Match(_guide, "curl -X POST '(http://[^?]+/_fault)").Groups[1].Value + "?down=1s");
        using (HttpResponseMessage turned = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Post, knob), CancellationToken.None))
        {
            turned.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        for (int i = 0; i < 5; i++)
        {
            (await AskAsync(products)).Should().Be((502, "upstream_reset"));
        }

        (await AskAsync(products)).Should().Be((503, "circuit_open"));

        using var patience = new CancellationTokenSource(GatewayProcess.Patience);
        using var now = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        (int Status, string? Reason) answer;
        do
        {
            await now.WaitForNextTickAsync(patience.Token);
            answer = await AskAsync(products);
            answer.Should().BeOneOf((503, "circuit_open"), (200, null));
        }
        while (answer.Status != 200);
    }

    [Fact]
    public async Task Metrics_AreWhereTheGuideSays()
    {
        var address = new Uri(Regex.Match(_guide, "curl -s (http://[^ ]+/metrics)").Groups[1].Value);
        using HttpResponseMessage counted = await CurlLine.In(_guide)[0].SendAsync(_client);
        using HttpResponseMessage response = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Get, address), CancellationToken.None);

        string metrics = await response.Content.ReadAsStringAsync();

        metrics.Should().MatchRegex("\ngateway_requests_total\\{[^}]*route=\"products\"[^}]*\\} 1").And.Contain("gateway_circuit_state{");
    }

    [Fact]
    public async Task Sigterm_EndsTheDemoWithCode0()
    {
        await _demo.TerminateAsync();
        await _demo.Output.MatchAsync(new Regex("Leaving"));
        await _demo.TerminateAsync();

        (int code, _, string errors) = await _demo.EndAsync();

        code.Should().Be(0);
        errors.Should().BeEmpty();
    }

    private async Task<(int Status, string? Reason)> AskAsync(CurlLine line)
    {
        using HttpResponseMessage response = await line.SendAsync(_client);
        using JsonDocument body = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
        return ((int)response.StatusCode, body.RootElement.TryGetProperty("reason", out JsonElement reason) ? reason.GetString() : null);
    }
}
