using System.Diagnostics.Metrics;
using System.Net;
using Gateway.Host.Admin;
using Gateway.Host.Configuration;
using Gateway.Host.Telemetry;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Host.Admin;

public sealed class AdminServerTests : IAsyncLifetime
{
    private readonly AdminOptions _options = new() { Url = "http://127.0.0.1:0" };
    private Meter _meter = null!;
    private HttpMessageInvoker _client = null!;
    private WebApplication _server = null!;
    private string? _notReady;

    public async Task InitializeAsync()
    {
        (_meter, _client) = (new Meter("Gateway"), TestGateway.NewClient());
        _server = AdminServer.Build(_options, new TelemetryOptions { ServiceName = "edge" }, _meter, 10, () => Volatile.Read(ref _notReady), static http => { http.Response.StatusCode = 418; return Task.CompletedTask; }, NullLoggerFactory.Instance);
        await _server.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
        _meter.Dispose();
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_Is200(string path)
    {
        (HttpStatusCode status, string body) = await SendAsync(HttpMethod.Get, path);

        status.Should().Be(HttpStatusCode.OK);
        body.Should().StartWith("{\"status\":");
    }

    [Theory]
    [InlineData("starting")]
    [InlineData("draining")]
    public async Task WhileStartingAndDraining_ReadyIs503AndLiveIs200(string state)
    {
        Volatile.Write(ref _notReady, state);

        (await SendAsync(HttpMethod.Get, "/health/ready")).Should().Be((HttpStatusCode.ServiceUnavailable, $$"""{"status":"{{state}}"}"""));
        (await SendAsync(HttpMethod.Get, "/health/live")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("GET", "/index.html")]
    [InlineData("GET", "/health/other")]
    [InlineData("GET", "/api/products")]
    [InlineData("POST", "/admin/v1/info")]
    [InlineData("POST", "/health/live")]
    [InlineData("DELETE", "/health/ready")]
    [InlineData("POST", "/metrics")]
    [InlineData("TRACE", "/metrics")]
    [InlineData("GET", "/metrics/other")]
    [InlineData("GET", "/METRICS")]
    public async Task AnythingElse_IsTheApis(string method, string path) =>
        ((int)(await SendAsync(new HttpMethod(method), path)).Status).Should().Be(418);

    [Fact]
    public async Task Head_HasGetsStatusAndNoBody() =>
        (await SendAsync(HttpMethod.Head, "/health/live")).Should().Be((HttpStatusCode.OK, ""));

    [Fact]
    public async Task Metrics_ShowThisMeterAndNoOtherOfItsName()
    {
        using var other = new Meter("Gateway");
        _meter.CreateCounter<long>("gateway_ours_total").Add(3);
        other.CreateCounter<long>("gateway_theirs_total").Add(4);

        (HttpStatusCode status, string text) = await SendAsync(HttpMethod.Get, "/metrics");

        status.Should().Be(HttpStatusCode.OK);
        text.Should().MatchRegex("(?m)^gateway_ours_total(\\{\\})? 3").And.NotContain("theirs");
    }

    /// <summary>It was <c>unknown_service</c>.</summary>
    [Fact]
    public async Task Metrics_NameTheService()
    {
        _meter.CreateCounter<long>("gateway_ours_total").Add(1);
        (await SendAsync(HttpMethod.Get, "/metrics")).Body.Should().MatchRegex("(?m)^target_info\\{[^}]*service_name=\"edge\"");
    }

    [Fact]
    public async Task NextScrape_ShowsWhatHasHappenedSince()
    {
        Counter<long> counter = _meter.CreateCounter<long>("gateway_ours_total");
        for (int i = 1; i <= 5; i++)
        {
            counter.Add(1);
            (await SendAsync(HttpMethod.Get, "/metrics")).Body.Should().MatchRegex($"(?m)^gateway_ours_total(\\{{\\}})? {i}( |$)");
        }
    }

    /// <summary>There are few places, and who takes one needs no token.</summary>
    [Fact]
    public void ConnectionsThatAskNothing_AreNotKeptForLong()
    {
        KestrelServerLimits limits = _server.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        (limits.KeepAliveTimeout, limits.RequestHeadersTimeout, limits.MaxConcurrentConnections)
            .Should().Be((AdminServer.LongestIdle, AdminServer.LongestHead, AdminServer.MostConnections));
    }

    [Fact]
    public void BadAddress_IsRefused() => FluentActions.Invoking(() => AdminServer.Build(
            new AdminOptions { Url = "http://example.com" }, new TelemetryOptions(), _meter, 10, static () => null, static _ => Task.CompletedTask, NullLoggerFactory.Instance))
        .Should().Throw<ArgumentException>().WithMessage("'http://example.com' is not an admin address.*");

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string path)
    {
        using HttpResponseMessage response = await _client.SendAsync(
            new HttpRequestMessage(method, new Uri(new Uri(_server.Urls.Single()), path)), CancellationToken.None);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
