using System.Text.Json;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>The limits of a request's head and body: on the limit it passes, one over it is refused.</summary>
public sealed class StrictLimitTests
{
    /// <summary>Kestrel's default limits, in bytes and headers.</summary>
    private const int RequestLine = 8192, Head = 32_768, HeaderCount = 100;

    [Fact]
    public async Task RequestLine_OnTheLimitPassesAndOneOverItIs414()
    {
        string line = "GET /" + new string('a', RequestLine - "GET / HTTP/1.1\r\n".Length) + " HTTP/1.1\r\n";

        await PassesAsync(line + "Host: g\r\n\r\n");
        await IsRefusedAsync(line.Replace(" HTTP", "a HTTP", StringComparison.Ordinal) + "Host: g\r\n\r\n", 414, "uri_too_long");
    }

    [Fact]
    public async Task Headers_OnTheLimitPassAndOneOverItAre431()
    {
        string headers = "Host: g\r\nX: " + new string('a', Head - "Host: g\r\nX: \r\n".Length);

        await PassesAsync($"GET / HTTP/1.1\r\n{headers}\r\n\r\n");
        await IsRefusedAsync($"GET / HTTP/1.1\r\n{headers}a\r\n\r\n", 431, "header_too_large");
    }

    [Fact]
    public async Task ManyHeaders_OnTheLimitPassAndOneOverItAre431()
    {
        string headers = "Host: g\r\n" + string.Concat(Enumerable.Range(1, HeaderCount - 1).Select(static i => $"X-{i}: {i}\r\n"));

        await PassesAsync($"GET / HTTP/1.1\r\n{headers}\r\n");
        await IsRefusedAsync($"GET / HTTP/1.1\r\n{headers}X: 1\r\n\r\n", 431, "header_too_large");
    }

    [Fact]
    public async Task EndlessRequestLine_Is414BeforeItsEnd() =>
        await IsRefusedAsync("GET /" + new string('a', RequestLine), 414, "uri_too_long");

    [Fact]
    public async Task EndlessHeader_Is431BeforeItsEnd() =>
        await IsRefusedAsync("GET / HTTP/1.1\r\nHost: g\r\nX: " + new string('a', Head), 431, "header_too_large");

    [Fact]
    public async Task Length_OnTheLimitPassesAndOneOverItIs413()
    {
        await PassesAsync("POST / HTTP/1.1\r\nHost: g\r\nContent-Length: 10\r\n\r\n0123456789", bodyLimit: 10);
        await IsRefusedAsync("POST / HTTP/1.1\r\nHost: g\r\nContent-Length: 11\r\n\r\n", 413, "body_too_large", bodyLimit: 10);
    }

    [Fact]
    public async Task Chunks_OnTheLimitPassAndOneOverItAre413()
    {
        const string Start = "POST / HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n";
        await PassesAsync(Start + "5\r\n56789\r\n0\r\n\r\n", bodyLimit: 10);
        await IsRefusedAsync(Start + "6\r\n56789a\r\n0\r\n\r\n", 413, "body_too_large", bodyLimit: 10);
    }

    [Fact]
    public async Task SlowHeaders_Are408()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartHereAsync(TestOptions.For(instance.Url));
        gateway.Server.PublicLimits.RequestHeadersTimeout = TimeSpan.FromMilliseconds(1);

        HostileExchange exchange = await HostileExchange.PlayAsync(gateway.Address.Port, "GET / HTTP/1.1\r\nHost: g\r\nX: slow");

        await WasRefusedAsync(gateway, instance, exchange, 408, "bad_request");
    }

    [Fact]
    public async Task HeadThatBreaksOff_IsLoggedWithWhatCame()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync("GET /half HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: half\r\nX");
        client.CloseWriting();
        await client.ReadToEndAsync();

        JsonElement line = await gateway.LogLineAsync("half");
        line.GetProperty("error").GetString().Should().Be("bad_request");
        line.GetProperty("method").GetString().Should().Be("GET");
        line.GetProperty("path").GetString().Should().Be("/half");
    }

    [Fact]
    public async Task IdleConnectionThatCloses_IsNoRequestAndLeavesNoLine()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using (RawConnection idle = await gateway.ConnectAsync())
        {
            await idle.SendAsync("\r\n");
            idle.CloseWriting();
            (await idle.ReadToEndAsync()).Should().BeEmpty();
        }

        using HttpResponseMessage _ = await gateway.GetAsync("/", ("X-Correlation-ID", "only"));
        await gateway.LogLineAsync("only");
        gateway.AccessLines.Should().ContainSingle();
    }

    [Fact]
    public async Task Refusal_IsCountedByItsReasonAndOnItsOwnGatewayAlone()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        await using TestGateway other = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        await HostileExchange.PlayAsync(gateway.Address.Port, "GET / HTTP/1.1\r\nHost: g\r\nX: " + new string('a', Head));

        (await MetricsAsync(gateway)).Should()
            .Contain("gateway_errors_total{reason=\"header_too_large\",service=\"none\"} 1")
            .And.Contain("gateway_requests_total{method=\"GET\",route=\"none\",service=\"none\",status=\"431\"} 1");
        (await MetricsAsync(other)).Should().NotContain("header_too_large");
        other.AccessLines.Should().BeEmpty();
    }

    private static async Task<string> MetricsAsync(TestGateway gateway)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Admin, "/metrics"));
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, CancellationToken.None);
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task PassesAsync(string bytes, long? bodyLimit = null)
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(instance, bodyLimit));

        HostileExchange exchange = await HostileExchange.PlayAsync(gateway.Address.Port, bytes);

        exchange.Should().Be(new HostileExchange(200, Closed: false, InStep: true));
        instance.Requests.Should().HaveCount(2);
    }

    private static async Task IsRefusedAsync(string bytes, int status, string reason, long? bodyLimit = null)
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(instance, bodyLimit));

        HostileExchange exchange = await HostileExchange.PlayAsync(gateway.Address.Port, bytes);

        await WasRefusedAsync(gateway, instance, exchange, status, reason);
    }

    private static async Task WasRefusedAsync(TestGateway gateway, RecordingInstance instance, HostileExchange exchange, int status, string reason)
    {
        exchange.Status.Should().Be(status);
        exchange.InStep.Should().BeTrue();
        instance.Requests.Should().BeEmpty("what is refused reaches no instance whole");
        JsonElement line = await gateway.LogLineAsync(static line => true);
        line.GetProperty("status_code").GetInt32().Should().Be(status);
        line.GetProperty("error").GetString().Should().Be(reason);
    }

    private static Core.GatewayOptions Options(RecordingInstance instance, long? bodyLimit) =>
        TestOptions.For(instance.Url).WithRoute(bodyLimit is { } limit ? TestOptions.AnyPath with { MaxRequestBodyBytes = limit } : TestOptions.AnyPath);
}
