using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Wire;

/// <summary>Lines of the access log, whatever a request is and whatever a client, or the auth service, puts into it.</summary>
public sealed class AccessLogTests : IAsyncLifetime
{
    /// <summary>What an attacker wants to see in the log as a line of its own.</summary>
    private const string Forged = "{\"level\":\"error\",\"forged\":true}";

    private TestInstance _service = null!;
    private TestAuthService _auth = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartAsync(AnswerAsync);
        _auth = await TestAuthService.StartAsync(static token => token switch
        {
            "invalid" => "",
            "unknown" => null,
            _ => TestAuthService.User(Encoding.Latin1.GetString(Convert.FromHexString(token))),
        });
        GatewayOptions options = TestOptions.For(_service.Url);
        _gateway = await TestGateway.StartAsync(options with
        {
            Services = new Dictionary<string, ServiceOptions>(options.Services)
            {
                ["down"] = new() { Instances = [new() { Url = ScriptedInstance.UnusedUrl() }], CircuitBreaker = new() { FailureThreshold = 1 } },
                ["slow"] = options.Services["svc"] with { Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(50) } },
            },
            Routes = new Dictionary<string, GatewayRouteOptions>
            {
                ["any"] = TestOptions.AnyPath with { Pattern = "/any/{**rest}", Upgrades = ["websocket"] },
                ["short"] = TestOptions.AnyPath with { Pattern = "/short/{**rest}", Methods = ["POST"], MaxRequestBodyBytes = 3 },
                ["users"] = TestOptions.AnyPath with { Pattern = "/users/{**rest}", Auth = RouteAuth.Required },
                ["admins"] = TestOptions.AnyPath with { Pattern = "/admins", Auth = RouteAuth.Required, Require = new RequireOptions { Roles = ["admin"] } },
                ["few"] = TestOptions.AnyPath with { Pattern = "/few", RateLimits = ["few"] },
                ["down"] = TestOptions.AnyPath with { Pattern = "/down", Service = "down" },
                ["slow"] = TestOptions.AnyPath with { Pattern = "/slow", Service = "slow" },
            },
            Auth = new AuthOptions { ServiceUrl = _auth.Url, SkipPaths = ["/nowhere"] },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["few"] = new() { Key = RateLimitKeyKind.Ip, Capacity = 1, RefillPerSecond = 0.001 } },
        });
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _auth.DisposeAsync();
        await _service.DisposeAsync();
    }

    /// <summary>Text as bytes of an own choice: each character is one.</summary>
    public static TheoryData<string, string> Attacks => new()
    {
        { "path, encoded line feed", $"GET /any/a%0a{Forged} HTTP/1.1\r\nHost: g" },
        { "path, encoded quotes", "GET /any/a%22,%22forged%22:true,%22x%22:%22 HTTP/1.1\r\nHost: g" },
        { "path, raw quotes", "GET /any/a\",\"forged\":true,\"x\":\" HTTP/1.1\r\nHost: g" },
        { "path, bytes that are no UTF-8", "GET /any/\u00ff\u00fe\u0080 HTTP/1.1\r\nHost: g" },
        { "path, encoded bytes that are no UTF-8", "GET /any/%ff%fe%80%c0%af%ed%a0%80 HTTP/1.1\r\nHost: g" },
        { "path, encoded line separator", "GET /any/%e2%80%a8%e2%80%a9%c2%85 HTTP/1.1\r\nHost: g" },
        { "path, NUL", "GET /any/a\0b HTTP/1.1\r\nHost: g" },
        { "path, bare carriage return", $"GET /any/a\r{Forged} HTTP/1.1\r\nHost: g" },
        { "query", $"GET /any/q?x=%0a{Forged}&\" HTTP/1.1\r\nHost: g" },
        { "method", "G\"E{T}' /any/m HTTP/1.1\r\nHost: g" },
        { "method of odd letters", "G!#$%&'*+-.^_`|~T /any/m HTTP/1.1\r\nHost: g" },
        { "method, line feed", $"GET\n{Forged} /any/m HTTP/1.1\r\nHost: g" },
        { "agent, quotes", $"GET /any/u HTTP/1.1\r\nHost: g\r\nUser-Agent: a\"}}\t{Forged}\\\\" },
        { "agent, bytes that are no UTF-8", "GET /any/u HTTP/1.1\r\nHost: g\r\nUser-Agent: \u00ff\u00fe\u0080\u0085\u00c3\u00e2\u0080\u00a8" },
        { "agent, bare carriage return", $"GET /any/u HTTP/1.1\r\nHost: g\r\nUser-Agent: a\r{Forged}" },
        { "agent, bare line feed", $"GET /any/u HTTP/1.1\r\nHost: g\r\nUser-Agent: a\n{Forged}" },
        { "agent, folded", $"GET /any/u HTTP/1.1\r\nHost: g\r\nUser-Agent: a\r\n {Forged}" },
        { "agent, escape sequence of a terminal", "GET /any/u HTTP/1.1\r\nHost: g\r\nUser-Agent: \u001b[2J\u001b]0;owned\u0007" },
        { "agent, two of them", $"GET /any/u HTTP/1.1\r\nHost: g\r\nUser-Agent: a\r\nUser-Agent: \"{Forged}" },
        { "correlation id, quotes", $"GET /any/c HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: x\",{Forged}" },
        { "correlation id, bytes that are no UTF-8", "GET /any/c HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: \u00ff\u00e4" },
        { "traceparent", $"GET /any/t HTTP/1.1\r\nHost: g\r\ntraceparent: 00-\"{Forged.PadRight(31, 'x')}-00f067aa0ba902b7-01" },
        { "host, quotes", $"GET /any/h HTTP/1.1\r\nHost: g\"{Forged}" },
        { "host, bytes that are no UTF-8", "GET /any/h HTTP/1.1\r\nHost: \u00ff\u00fe" },
        { "address of a proxy that is not trusted", $"GET /any/x HTTP/1.1\r\nHost: g\r\nX-Forwarded-For: \"{Forged}\r\nForwarded: for=\"{Forged}\"" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task WhatAClientPutsIntoARequest_StaysWithinItsOneLine(string where, string head)
    {
        using RawConnection client = await _gateway.ConnectAsync();
        await client.SendAsync($"{head}\r\nConnection: close\r\n\r\n");
        (await client.ReadToEndAsync()).Should().StartWith("HTTP/1.1 ", where);

        await ExpectLinesAsync(1);
    }

    [Theory]
    [InlineData("a\n{\"level\":\"error\",\"forged\":true}")]
    [InlineData("a\",\"forged\":true,\"x\":\"")]
    [InlineData("\u0000\u0001\u001b[2J\u007f\u0085")]
    [InlineData("Grüße \\ \u00ff")]
    public async Task UserIdOfTheAuthService_StaysWithinItsLine(string id)
    {
        using HttpResponseMessage response = await _gateway.GetAsync("/users/1", ("Authorization", $"Bearer {Convert.ToHexString(Encoding.Latin1.GetBytes(id))}"));

        JsonElement line = (await ExpectLinesAsync(1)).Single();
        if (line.TryGetProperty("user_id", out JsonElement logged))
        {
            logged.GetString().Should().Be(id);
        }
        else
        {
            line.GetProperty("error").GetString().Should().Be("auth_unavailable", "what no header can carry is no answer");
        }
    }

    [Fact]
    public async Task RequestsOfAllKinds_AreEntriesOfTheSpecification()
    {
        string alice = $"Bearer {Convert.ToHexString("alice"u8)}";
        (HttpMethod Method, string Target, string? Body, string? Token, int Status)[] requests =
        [
            (HttpMethod.Get, "/any/1?token=hunter2", null, null, 200), (HttpMethod.Post, "/any/2", "body", null, 200), (HttpMethod.Head, "/any/3", null, null, 200),
            (HttpMethod.Options, "/any/4", null, null, 200), (new HttpMethod("BREW"), "/any/5", null, null, 200), (HttpMethod.Get, "/any/500", null, null, 500),
            (HttpMethod.Get, "/any/cut", null, null, 502), (HttpMethod.Get, "/users/1", null, alice, 200), (HttpMethod.Get, "/users/1", null, null, 401),
            (HttpMethod.Get, "/users/1", null, "Bearer invalid", 401), (HttpMethod.Get, "/users/1", null, "Bearer unknown", 503),
            (HttpMethod.Get, "/admins", null, alice, 403), (HttpMethod.Get, "/nowhere", null, null, 404), (HttpMethod.Get, "/short/1", null, null, 405),
            (HttpMethod.Post, "/short/1", "too long", null, 413), (HttpMethod.Get, "/a%5cb", null, null, 400), (HttpMethod.Get, "/few", null, null, 200),
            (HttpMethod.Get, "/few", null, null, 429), (HttpMethod.Get, "/down", null, null, 502), (HttpMethod.Get, "/down", null, null, 503),
            (HttpMethod.Get, "/slow", null, null, 504), (HttpMethod.Get, "/health/ready", null, null, 200),
        ];
        foreach ((HttpMethod method, string target, string? body, string? token, int status) in requests)
        {
            using HttpResponseMessage response = await _gateway.SendAsync(
                method, target, body is null ? null : new StringContent(body), token is null ? [] : [("Authorization", token)]);
            ((int)response.StatusCode).Should().Be(status, "{0} {1} is so answered", method, target);
        }

        using ClientWebSocket socket = new();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{_gateway.Address.Port}/any/live"), _gateway.Client, CancellationToken.None);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        using (RawConnection raw = await _gateway.ConnectAsync())
        {
            await raw.SendAsync("OPTIONS * HTTP/1.1\r\nHost: g\r\n\r\n");
            await raw.ReadResponseAsync();
            await raw.SendAsync("not HTTP\r\n\r\n");
            await raw.ReadToEndAsync();
        }

        IReadOnlyCollection<JsonElement> lines = await ExpectLinesAsync(requests.Length + 3);
        lines.Select(static line => line.GetProperty("status_code").GetInt32()).Should().BeEquivalentTo([.. requests.Select(static one => one.Status), 101, 200, 400]);
        lines.Should().NotContain(static line => line.ToString().Contains("hunter2", StringComparison.Ordinal));
    }

    /// <summary>So many lines, no more, all of them as the specification has them, none lost and none forged.</summary>
    private async Task<IReadOnlyCollection<JsonElement>> ExpectLinesAsync(int count)
    {
        await Eventually.BecomesAsync(() => Task.FromResult(_gateway.AccessLines.Count), lines => lines >= count);
        string scrape = await _gateway.ScrapeAsync();
        IReadOnlyCollection<JsonElement> access = _gateway.AccessLines;
        access.Should().HaveCount(count);
        access.SelectMany(LogEntrySchema.Problems).Should().BeEmpty();
        _gateway.LogLines.Where(static line => line.TryGetProperty("forged", out _)).Should().BeEmpty();

        // A line that is no JSON could not be kept in memory, and would count as one that could not be written.
        scrape.Should().MatchRegex("(?m)^gateway_access_log_dropped_total(\\{\\})? 0( |$)");
        return access;
    }

    private static Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Headers.Upgrade.Count > 0)
        {
            return WebSockets.Service(static (socket, _) => WebSockets.EchoAsync(socket))(http);
        }

        switch (http.Request.Path.Value)
        {
            case "/any/500":
                http.Response.StatusCode = 500;
                break;
            case "/any/cut":
                http.Abort();
                break;
            case "/slow":
                return Task.Delay(Timeout.Infinite, http.RequestAborted);
        }

        return Task.CompletedTask;
    }
}
