using System.Net;
using System.Text.Json;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>One instance fails, the other echoes: what is tried again, and what is not.</summary>
public sealed class RetryTests : IAsyncLifetime
{
    private TestInstance _good = null!;

    public async Task InitializeAsync() => _good = await TestInstance.StartEchoAsync();

    public async Task DisposeAsync() => await _good.DisposeAsync();

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PATCH")]
    public async Task RefusedConnection_IsTriedElsewhere_WhateverTheMethod(string method)
    {
        await using TestGateway gateway = await TestGateway.StartAsync(Options(ScriptedInstance.UnusedUrl()));
        for (int i = 0; i < 4; i++)
        {
            string id = $"r-{i}";
            HttpContent? body = method == "GET" ? null : new StringContent("the body");
            string seen = await gateway.SendAsync(new HttpMethod(method), "/x", body, ("X-Correlation-ID", id)).ShouldBeOkAsync();
            seen.Should().StartWith($"{method} /x").And.EndWith(method == "GET" ? "\n\n" : "\n\nthe body");
            JsonElement line = await gateway.LogLineAsync(id);
            line.GetProperty("attempts").GetInt32().Should().BeInRange(1, 2);
        }

        (await gateway.ScrapeAsync()).Should().MatchRegex("gateway_retries_total\\{outcome=\"success\",service=\"svc\"\\} [1-4]");
    }

    [Fact]
    public async Task IdempotentRequestThatIsReset_IsTriedElsewhere_WithItsWholeBody()
    {
        await using ScriptedInstance bad = Resetting();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(bad.Url));
        foreach (int length in new[] { 1, 5_000, 16_384, 65_536 })
        {
            string body = new('b', length);
            for (int i = 0; i < 2; i++)
            {
                string seen = await gateway.SendAsync(HttpMethod.Put, "/x", new StringContent(body)).ShouldBeOkAsync();
                seen.Should().EndWith("\n\n" + body);
            }
        }

        bad.Accepted.Should().BePositive();
    }

    [Fact]
    public async Task ChunkedBody_IsReplayedToo()
    {
        await using ScriptedInstance bad = Resetting();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(bad.Url));
        for (int i = 0; i < 2; i++)
        {
            using var body = new StreamContent(new MemoryStream(new byte[30_000]));
            body.Headers.ContentLength = null;
            var request = new HttpRequestMessage(HttpMethod.Put, new Uri(gateway.Address, "/x")) { Content = body };
            request.Headers.TransferEncodingChunked = true;
            (await gateway.Client.SendAsync(request, CancellationToken.None).ShouldBeOkAsync()).Should().EndWith("\n\n" + new string('\0', 30_000));
        }

        bad.Accepted.Should().BePositive();
    }

    [Fact]
    public async Task BodyLongerThanIsKept_IsNotTriedAgain()
    {
        await using ScriptedInstance bad = Resetting();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(bad.Url));
        HttpStatusCode[] statuses = await TwoAsync(gateway, HttpMethod.Put, new string('b', 65_537));
        statuses.Should().BeEquivalentTo([HttpStatusCode.OK, HttpStatusCode.BadGateway]);
        (await gateway.ScrapeAsync()).Should().Contain("gateway_retries_total{outcome=\"body_not_kept\",service=\"svc\"} 1");
    }

    /// <summary>Nobody knows whether it was done: twice would be worse than an error.</summary>
    [Fact]
    public async Task PostThatIsReset_IsNotTriedAgain()
    {
        await using ScriptedInstance bad = Resetting();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(bad.Url));
        HttpStatusCode[] statuses = await TwoAsync(gateway, HttpMethod.Post, "x");
        statuses.Should().BeEquivalentTo([HttpStatusCode.OK, HttpStatusCode.BadGateway]);
        _good.Requests.Should().Be(1);
    }

    [Fact]
    public async Task AnswerOf500_IsAnAnswer()
    {
        await using TestInstance bad = await TestInstance.StartAsync(static http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using TestGateway gateway = await TestGateway.StartAsync(Options(bad.Url));
        HttpStatusCode[] statuses = await TwoAsync(gateway, HttpMethod.Get, null);
        statuses.Should().BeEquivalentTo([HttpStatusCode.OK, HttpStatusCode.InternalServerError]);
    }

    [Fact]
    public async Task AnswerThatBreaksOff_IsNotTriedAgain()
    {
        await using var bad = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            connection.Reset();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(Options(bad.Url));
        int broken = 0;
        for (int i = 0; i < 2; i++)
        {
            try
            {
                await gateway.GetAsync("/x").ShouldBeOkAsync();
            }
            catch (HttpRequestException)
            {
                broken++;
            }
        }

        (broken, _good.Requests).Should().Be((1, 1));
    }

    [Fact]
    public async Task SilentInstance_IsLeftForAnother_WithinTheTotal()
    {
        await using var silent = new ScriptedInstance(static connection => connection.ReadToEndAsync());
        await using TestGateway gateway = await TestGateway.StartAsync(Options(
            silent.Url, new ServiceOptions { Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(100) } }));
        (await TwoAsync(gateway, HttpMethod.Get, null)).Should().Equal(HttpStatusCode.OK, HttpStatusCode.OK);
        (await TwoAsync(gateway, HttpMethod.Delete, null)).Should().Equal(HttpStatusCode.OK, HttpStatusCode.OK);
    }

    /// <summary>The total counts from the first attempt: what is left of it is all that the second gets.</summary>
    [Fact]
    public async Task Total_IncludesAllAttempts()
    {
        await using var one = new ScriptedInstance(static connection => connection.ReadToEndAsync());
        await using var other = new ScriptedInstance(static connection => connection.ReadToEndAsync());
        GatewayOptions options = TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(400), Total = TimeSpan.FromMilliseconds(600) } },
            one.Url, other.Url);
        await using TestGateway gateway = await TestGateway.StartAsync(options);

        JsonElement problem = await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.GatewayTimeout, "upstream_timeout");

        problem.GetProperty("detail").GetString().Should().Be("The total timeout fired.");
        JsonElement line = await gateway.LogLineAsync(problem.GetProperty("correlation_id").GetString()!);
        line.GetProperty("attempts").GetInt32().Should().Be(2);
        line.GetProperty("upstream_ms").GetDouble().Should().BeInRange(550, 1_500);
    }

    [Fact]
    public async Task RoutesOwnTimeouts_GoBeforeTheServices()
    {
        await using var silent = new ScriptedInstance(static connection => connection.ReadToEndAsync());
        GatewayOptions options = TestOptions.For(silent.Url).WithRoute(
            TestOptions.AnyPath with { Timeouts = new RouteTimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(50) } });
        await using TestGateway gateway = await TestGateway.StartAsync(options);

        JsonElement problem = await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.GatewayTimeout, "upstream_timeout");
        problem.GetProperty("detail").GetString().Should().Be("The first-byte timeout fired.");
    }

    [Fact]
    public async Task OneAttempt_MeansNoRetry()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(
            Options(ScriptedInstance.UnusedUrl(), new ServiceOptions { Retry = new RetryOptions { MaxAttempts = 1 } }));
        (await TwoAsync(gateway, HttpMethod.Get, null)).Should().BeEquivalentTo([HttpStatusCode.OK, HttpStatusCode.BadGateway]);
    }

    [Fact]
    public async Task WithoutBudget_TheFailureStands()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(
            Options(ScriptedInstance.UnusedUrl(), new ServiceOptions { Retry = new RetryOptions { MinConcurrent = 0, BudgetPercent = 0 } }));
        (await TwoAsync(gateway, HttpMethod.Get, null)).Should().BeEquivalentTo([HttpStatusCode.OK, HttpStatusCode.BadGateway]);
        (await gateway.ScrapeAsync()).Should().Contain("gateway_retries_total{outcome=\"no_budget\",service=\"svc\"} 1");
    }

    [Fact]
    public async Task OnlyInstance_IsAskedOnce()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(ScriptedInstance.UnusedUrl()));
        JsonElement problem = await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "connect_failed");
        (await gateway.LogLineAsync(problem.GetProperty("correlation_id").GetString()!)).GetProperty("attempts").GetInt32().Should().Be(1);
    }

    [Fact]
    public async Task InstanceThatAnswers503WithRetryAfter_IsLeftAloneForThatTime()
    {
        int asked = 0;
        await using TestInstance busy = await TestInstance.StartAsync(http =>
        {
            Interlocked.Increment(ref asked);
            http.Response.StatusCode = 503;
            http.Response.Headers.RetryAfter = "60";
            return Task.CompletedTask;
        });
        await using TestGateway gateway = await TestGateway.StartAsync(Options(busy.Url));
        for (int i = 0; i < 20; i++)
        {
            (await gateway.GetAsync("/")).Dispose();
        }

        asked.Should().Be(1);
    }

    [Fact]
    public async Task WebSocketRequest_IsTriedElsewhere()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(Options(ScriptedInstance.UnusedUrl()));
        for (int i = 0; i < 2; i++)
        {
            using RawConnection client = await gateway.ConnectAsync();
            await client.SendAsync("GET /ws HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            (await client.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 200", "the echo answers it as plain HTTP");
        }
    }

    private GatewayOptions Options(string bad, ServiceOptions? service = null) => TestOptions.For(service ?? new ServiceOptions(), bad, _good.Url);

    /// <summary>Reads the head and some of the body, then resets.</summary>
    private static ScriptedInstance Resetting() => new(static async connection =>
    {
        await connection.ReadUntilAsync("\r\n\r\n");
        connection.Reset();
    });

    /// <summary>Each instance is asked first once.</summary>
    private static async Task<HttpStatusCode[]> TwoAsync(TestGateway gateway, HttpMethod method, string? body)
    {
        var statuses = new HttpStatusCode[2];
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage response = await gateway.SendAsync(method, "/x", body is null ? null : new StringContent(body));
            statuses[i] = response.StatusCode;
        }

        return statuses;
    }
}
