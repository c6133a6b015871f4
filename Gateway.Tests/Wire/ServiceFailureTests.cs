using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

public sealed class ServiceFailureTests
{
    [Fact]
    public async Task RefusedConnection_Returns502ConnectFailed()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(ScriptedInstance.UnusedUrl()));

        await ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "connect_failed");
    }

    [Fact]
    public async Task UnknownName_Returns502ConnectFailed()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For("http://no-such-host.invalid:80"));

        await ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "connect_failed");
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    public async Task ResetBeforeTheHeadersEnd_Returns502UpstreamReset(string sent)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(sent);
            connection.Reset();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        await ExpectAsync(gateway, await gateway.SendAsync(HttpMethod.Post, "/", new StringContent("x")), HttpStatusCode.BadGateway, "upstream_reset");
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n")]
    [InlineData("HTTP/1.1 2x0 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")]
    public async Task AnswerThatIsNotHttp_Returns502UpstreamBadResponse(string sent)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(sent);
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        await ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "upstream_bad_response");
    }

    [Fact]
    public async Task ResponseHeadOverTheLimit_Returns502UpstreamBadResponse()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nX-Big: {new string('a', 70_000)}\r\nContent-Length: 0\r\n\r\n");
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        await ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "upstream_bad_response");
    }

    [Fact]
    public async Task SilenceAfterTheRequest_Returns504WithTheFirstByteTimeout()
    {
        await using var instance = new ScriptedInstance(connection => connection.ReadToEndAsync());
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(50) } }, instance.Url));

        JsonElement problem = await ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.GatewayTimeout, "upstream_timeout");

        problem.GetProperty("detail").GetString().Should().Be("The first-byte timeout fired.");
    }

    [Fact]
    public async Task SlowService_Returns504WithTheTotalTimeout()
    {
        await using var instance = new ScriptedInstance(connection => connection.ReadToEndAsync());
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { Total = TimeSpan.FromMilliseconds(50) } }, instance.Url));

        JsonElement problem = await ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.GatewayTimeout, "upstream_timeout");

        problem.GetProperty("detail").GetString().Should().Be("The total timeout fired.");
    }

    [Fact]
    public async Task ConnectionThatIsNeverMade_Returns504WithTheConnectTimeout()
    {
        // A listener whose backlog is full drops further SYNs: the connect hangs.
        using Socket full = NewSocket();
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(1);
        Socket[] fillers = [.. Enumerable.Range(0, 8).Select(_ => NewSocket())];
        foreach (Socket filler in fillers)
        {
            _ = filler.ConnectAsync(full.LocalEndPoint!);
        }

        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { Connect = TimeSpan.FromMilliseconds(100) } },
            $"http://127.0.0.1:{((IPEndPoint)full.LocalEndPoint!).Port}"));

        JsonElement problem = await ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.GatewayTimeout, "upstream_timeout");

        problem.GetProperty("detail").GetString().Should().Be("The connect timeout fired.");
        Array.ForEach(fillers, static filler => filler.Dispose());
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")]
    public async Task AnswerThatBreaksOff_IsCutForTheClientTooAndLogged(string sent)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(sent);
            connection.Reset();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: cut\r\n\r\n");
        string all = await client.ReadToEndAsync();

        all.Should().NotEndWith("0\r\n\r\n");
        JsonElement line = await gateway.LogLineAsync("cut");
        line.GetProperty("error").GetString().Should().Be("upstream_reset");
    }

    [Fact]
    public async Task SilenceWithinABody_CutsTheAnswerAndIsLoggedAsATimeout()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { Idle = TimeSpan.FromMilliseconds(50) } }, instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: stall\r\n\r\n");
        await client.ReadToEndAsync();

        (await gateway.LogLineAsync("stall")).GetProperty("error").GetString().Should().Be("upstream_timeout");
    }

    [Fact]
    public async Task FiveFailuresInARow_OpenTheCircuitAndAProbeClosesItAgain()
    {
        bool well = false;
        await using TestInstance instance = await TestInstance.StartAsync(http =>
        {
            http.Response.StatusCode = Volatile.Read(ref well) ? 200 : 500;
            return Task.CompletedTask;
        });
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 5, Timeout = TimeSpan.FromSeconds(7) } }, instance.Url), clock);

        for (int i = 0; i < 5; i++)
        {
            using HttpResponseMessage failed = await gateway.GetAsync("/");
            failed.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        }

        HttpResponseMessage refused = await gateway.GetAsync("/");
        refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(7));
        await ExpectAsync(gateway, refused, HttpStatusCode.ServiceUnavailable, "circuit_open");
        instance.Requests.Should().Be(5);

        Volatile.Write(ref well, true);
        clock.Advance(TimeSpan.FromSeconds(7));
        using HttpResponseMessage probe = await gateway.GetAsync("/");
        using HttpResponseMessage after = await gateway.GetAsync("/");
        probe.StatusCode.Should().Be(HttpStatusCode.OK);
        after.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task ClientThatLeaves_IsPropagatedToTheServiceAndDoesNotCountAgainstIt()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            if (http.Request.Path == "/wait")
            {
                http.RequestAborted.Register(left.SetResult);
                arrived.SetResult();
                await left.Task;
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1 } }, instance.Url));
        using (RawConnection client = await gateway.ConnectAsync())
        {
            await client.SendAsync("GET /wait HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: gone\r\n\r\n");
            await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
            client.Reset();
        }

        await left.Task.WaitAsync(TimeSpan.FromSeconds(30));
        JsonElement line = await gateway.LogLineAsync("gone");
        line.GetProperty("status_code").GetInt32().Should().Be(499);
        line.GetProperty("error").GetString().Should().Be("client_closed");
        using HttpResponseMessage next = await gateway.GetAsync("/");
        next.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task UnhealthyService_Returns503NoHealthyInstance()
    {
        await using TestInstance instance = await TestInstance.StartAsync(http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { HealthCheck = new HealthCheckOptions { Fall = 1 } }, instance.Url), clock);
        while (gateway.Server.Pipeline.Parts.Services[0].Healthy.Length > 0)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.ServiceUnavailable, "no_healthy_instance");
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>The answer is a problem of this status and reason, with the request's correlation id, and is logged so.</summary>
    private static async Task<JsonElement> ExpectAsync(TestGateway gateway, HttpResponseMessage response, HttpStatusCode status, string reason)
    {
        using (response)
        {
            response.StatusCode.Should().Be(status);
            response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
            using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            JsonElement problem = json.RootElement.Clone();
            problem.GetProperty("reason").GetString().Should().Be(reason);
            problem.GetProperty("status").GetInt32().Should().Be((int)status);
            string id = problem.GetProperty("correlation_id").GetString()!;
            response.Headers.GetValues("X-Correlation-ID").Should().Equal(id);
            (await gateway.LogLineAsync(id)).GetProperty("error").GetString().Should().Be(reason);
            return problem;
        }
    }
}
