using System.Net;
using System.Text.Json;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

public sealed class ObservabilityTests
{
    [Fact]
    public async Task AccessLog_HasTheSpecsFieldsAndOursAndNoQueryOrToken()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        using HttpResponseMessage response = await gateway.SendAsync(
            HttpMethod.Post, "/a/b?password=hunter2", new StringContent("12345"),
            ("X-Correlation-ID", "line"), ("User-Agent", "test/1"), ("Authorization", "Bearer very-secret"));
        JsonElement line = await gateway.LogLineAsync("line");

        line.EnumerateObject().Select(field => field.Name).Should().Equal(
            "timestamp", "level", "correlation_id", "method", "path", "backend_service", "response_time_ms", "status_code", "user_agent",
            "client_ip", "response_time_us", "route", "instance", "attempts", "upstream_ms", "bytes_in", "bytes_out", "trace_id");
        line.GetProperty("level").GetString().Should().Be("info");
        line.GetProperty("method").GetString().Should().Be("POST");
        line.GetProperty("path").GetString().Should().Be("/a/b");
        line.GetProperty("backend_service").GetString().Should().Be("svc");
        line.GetProperty("response_time_ms").TryGetInt64(out _).Should().BeTrue();
        line.GetProperty("status_code").GetInt32().Should().Be(200);
        line.GetProperty("user_agent").GetString().Should().Be("test/1");
        line.GetProperty("client_ip").GetString().Should().Be("127.0.0.1");
        line.GetProperty("route").GetString().Should().Be("all");
        line.GetProperty("instance").GetString().Should().Be(new Uri(instance.Url).Authority);
        line.GetProperty("attempts").GetInt32().Should().Be(1);
        line.GetProperty("bytes_in").GetInt64().Should().Be(5);
        line.GetProperty("bytes_out").GetInt64().Should().Be((await response.Content.ReadAsByteArrayAsync()).Length);
        line.GetProperty("trace_id").GetString().Should().MatchRegex("^[0-9a-f]{32}$");
        line.GetProperty("timestamp").GetDateTimeOffset().Offset.Should().Be(TimeSpan.Zero);
        line.GetRawText().Should().NotContain("hunter2").And.NotContain("very-secret");
    }

    [Fact]
    public async Task ControlCharactersInAUserAgent_AreEscapedInTheLog()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: inject\r\nUser-Agent: a\"}\t{\"level\":\"error\r\n\r\n");
        await client.ReadResponseAsync();

        JsonElement line = await gateway.LogLineAsync("inject");
        line.GetProperty("level").GetString().Should().Be("info");
        line.GetProperty("user_agent").GetString().Should().StartWith("a\"}\t{");
    }

    [Fact]
    public async Task Metrics_CountRequestsErrorsAndDurations()
    {
        await using TestInstance instance = await TestInstance.StartAsync(http =>
        {
            http.Response.StatusCode = http.Request.Path == "/missing" ? 404 : 200;
            return Task.CompletedTask;
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        foreach (string target in new[] { "/", "/", "/missing", "/a%5c" })
        {
            (await gateway.GetAsync(target)).Dispose();
        }

        string metrics = await gateway.ScrapeAsync();
        string name = new Uri(instance.Url).Authority;

        ValueOf(metrics, "gateway_requests_total", "route=\"all\"", "method=\"GET\"", "status=\"200\"", "service=\"svc\"").Should().Be("2");
        ValueOf(metrics, "gateway_requests_total", "route=\"all\"", "status=\"404\"").Should().Be("1");
        ValueOf(metrics, "gateway_requests_total", "route=\"none\"", "status=\"400\"").Should().Be("1");
        ValueOf(metrics, "gateway_errors_total", "reason=\"bad_request\"", "service=\"none\"").Should().Be("1");
        ValueOf(metrics, "gateway_request_duration_seconds_count", "route=\"all\"").Should().Be("3");
        ValueOf(metrics, "gateway_request_duration_seconds_bucket", "route=\"all\"", "le=\"0.0025\"").Should().NotBeNull();
        ValueOf(metrics, "gateway_upstream_duration_seconds_count", "service=\"svc\"").Should().Be("3");
        ValueOf(metrics, "gateway_requests_active").Should().Be("0");
        ValueOf(metrics, "gateway_upstream_requests_active", "service=\"svc\"", $"instance=\"{name}\"").Should().Be("0");
        ValueOf(metrics, "gateway_instance_healthy", $"instance=\"{name}\"").Should().Be("1");
        ValueOf(metrics, "gateway_circuit_state", $"instance=\"{name}\"").Should().Be("0");
        ValueOf(metrics, "gateway_draining").Should().Be("0");
        ValueOf(metrics, "gateway_access_log_dropped_total").Should().Be("0");
    }

    [Fact]
    public async Task ErrorsOfSeveralRoutesToOneService_AreCountedTogether()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(ScriptedInstance.UnusedUrl()).WithRoutes(
            ("one", TestOptions.AnyPath with { Pattern = "/one" }), ("two", TestOptions.AnyPath with { Pattern = "/two" })));
        foreach (string target in new[] { "/one", "/two", "/two" })
        {
            (await gateway.GetAsync(target)).Dispose();
        }

        ValueOf(await gateway.ScrapeAsync(), "gateway_errors_total", "reason=\"connect_failed\"", "service=\"svc\"").Should().Be("3");
    }

    [Fact]
    public async Task RandomPathsAndMethods_AddNoSeries()
    {
        await using TestInstance instance = await TestInstance.StartAsync(_ => Task.CompletedTask);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        (await gateway.SendAsync(new HttpMethod("BREW"), "/", null)).Dispose();
        int before = (await gateway.ScrapeAsync()).Split('\n').Length;
        for (int i = 0; i < 200; i++)
        {
            (await gateway.SendAsync(new HttpMethod($"BREW{i}"), $"/{Guid.NewGuid()}", null)).Dispose();
        }

        (await gateway.ScrapeAsync()).Split('\n').Length.Should().Be(before);
    }

    [Theory]
    [InlineData("/health/live", HttpStatusCode.OK)]
    [InlineData("/health/ready", HttpStatusCode.OK)]
    [InlineData("/anything", HttpStatusCode.NotFound)]
    public async Task AdminPort_AnswersHealthAndNothingElse(string path, HttpStatusCode status)
    {
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For("http://127.0.0.1:9"));

        using HttpResponseMessage response = await gateway.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Admin, path)), CancellationToken.None);

        response.StatusCode.Should().Be(status);
    }

    /// <summary>The value of the series with this name and all these labels; null when there is none.</summary>
    private static string? ValueOf(string metrics, string name, params string[] labels) => metrics.Split('\n')
        .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
        .Where(line => labels.All(label => line.Contains(label, StringComparison.Ordinal)))
        .Select(line => line.Split("} ").Last().Split(' ').SkipWhile(word => word.StartsWith("gateway_", StringComparison.Ordinal)).First())
        .FirstOrDefault();
}
