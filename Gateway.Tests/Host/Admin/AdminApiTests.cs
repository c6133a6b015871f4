using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Core.RateLimiting;
using Gateway.Host.Admin.Live;
using Gateway.Host.Serving;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Admin;

/// <summary>All that operators see and change, over real sockets at the admin port of a gateway in this process.</summary>
public sealed partial class AdminApiTests : IAsyncLifetime
{
    private const string Token = "admin-token-0123456789";

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
    private TestInstance _one = null!, _other = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        string file = Path.Combine(_folder, "token");
        await File.WriteAllTextAsync(file, Token);
        (_one, _other) = (await TestInstance.StartEchoAsync(), await TestInstance.StartEchoAsync());
        _gateway = await TestGateway.StartAdministeredAsync(
            TestOptions.For(new ServiceOptions(), _one.Url, _other.Url) with
            {
                RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["slow"] = new() { Capacity = 20, RefillPerSecond = 0.01 } },
                DefaultRateLimits = ["slow"],
            }, file);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Root_IsTheDashboard_AndItsFilesAreThere()
    {
        (int status, string body) = await AskAsync(HttpMethod.Get, "/", token: null);
        status.Should().Be(200);
        body.Should().StartWith("<!doctype html>");
        (await AskAsync(HttpMethod.Get, "/dashboard.css", token: null)).Status.Should().Be(200);
        (await AskAsync(HttpMethod.Get, "/dashboard.csss", token: null)).Status.Should().Be(404);
        (await AskAsync(HttpMethod.Post, "/")).Status.Should().Be(405);
    }

    [Theory]
    [InlineData("info", "generation")]
    [InlineData("snapshot", "services")]
    [InlineData("routes", "pattern")]
    [InlineData("routes/all", "Gateway:Services:svc:LoadBalancing")]
    [InlineData("config", "Gateway:Routes:all:Pattern")]
    [InlineData("services", "load_balancing")]
    [InlineData("ratelimits", "top_refused")]
    [InlineData("auth", "configured")]
    [InlineData("errors", "errors")]
    public async Task Lists_AreToldToAnybody(string path, string has)
    {
        (int status, string body) = await AskAsync(HttpMethod.Get, "/admin/v1/" + path, token: null);
        status.Should().Be(200);
        body.Should().Contain($"\"{has}\"");
        (await AskAsync(HttpMethod.Post, "/admin/v1/" + path)).Status.Should().Be(405);
    }

    [Fact]
    public async Task InstanceTakenOut_GetsNothingUntilItIsReady()
    {
        string instance = new Uri(_one.Url).Authority;
        foreach (string state in new[] { "drain", "down" })
        {
            (int status, string body) = await AskAsync(HttpMethod.Patch, $"/admin/v1/services/svc/instances/{instance}", $$"""{"state":"{{state}}"}""");
            status.Should().Be(200);
            body.Should().Contain(instance);
            int before = _one.Requests;
            await GetAsync(4);
            _one.Requests.Should().Be(before);
            JsonElement shown = (await SnapshotAsync()).GetProperty("services")[0].GetProperty("instances")[0];
            shown.GetProperty("override").GetString().Should().Be(state);
            shown.GetProperty("state").GetString().Should().Be(state == "drain" ? "draining" : "down");
        }

        (await AskAsync(HttpMethod.Patch, $"/admin/v1/services/svc/instances/{instance}", """{"state":"ready"}""")).Status.Should().Be(200);
        (await SnapshotAsync()).GetProperty("services")[0].GetProperty("instances")[0].GetProperty("override").ValueKind.Should().Be(JsonValueKind.Null);
        await RealTime.UntilAsync(() => _gateway.LogLines.Count(static line => line.ToString().Contains("By the admin port")) == 3, TimeSpan.FromSeconds(10));
        _gateway.LogLines.Select(static line => line.ToString()).Where(static line => line.Contains("By the admin port")).Should().HaveCount(3)
            .And.OnlyContain(static line => line.Contains("127.0.0.1"));

        // It begins slowly: beside the other it might get none of a few.
        await AskAsync(HttpMethod.Patch, $"/admin/v1/services/svc/instances/{new Uri(_other.Url).Authority}", """{"state":"down"}""");
        int without = _one.Requests;
        await GetAsync(2);
        _one.Requests.Should().Be(without + 2);
    }

    [Fact]
    public async Task LastInstanceTakenOut_IsSaid()
    {
        await AskAsync(HttpMethod.Patch, $"/admin/v1/services/svc/instances/{new Uri(_one.Url).Authority}", """{"state":"down"}""");
        (_, string body) = await AskAsync(HttpMethod.Patch, $"/admin/v1/services/svc/instances/{new Uri(_other.Url).Authority}", """{"state":"down"}""");
        body.Should().Contain("No instance of svc gets requests now.");
        using HttpResponseMessage answer = await _gateway.GetAsync("/");
        answer.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);

        // It is noted a moment after it is answered.
        JsonElement errors = await Eventually.BecomesAsync(
            async () => (await JsonAsync("/admin/v1/errors")).GetProperty("errors"), static errors => errors.GetArrayLength() > 0);
        errors[0].GetProperty("reason").GetString().Should().Be("no_healthy_instance");
        string id = errors[0].GetProperty("correlation_id").GetString()!;
        (await JsonAsync($"/admin/v1/errors?correlation_id={id}")).GetProperty("errors").GetArrayLength().Should().Be(1);
        (await JsonAsync("/admin/v1/errors?correlation_id=other")).GetProperty("errors").GetArrayLength().Should().Be(0);
    }

    [Theory]
    [InlineData("PATCH", "/admin/v1/services/none/instances/x", """{"state":"down"}""", 404)]
    [InlineData("PATCH", "/admin/v1/services/svc/instances/x", """{"state":"down"}""", 404)]
    [InlineData("PATCH", "/admin/v1/services/svc/instances/x", """{"state":"off"}""", 400)]
    [InlineData("PATCH", "/admin/v1/services/svc/instances/x", "{", 400)]
    [InlineData("POST", "/admin/v1/circuits/svc/x", null, 404)]
    [InlineData("POST", "/admin/v1/circuits/none/x", null, 404)]
    [InlineData("POST", "/admin/v1/config/reload", null, 409)]
    [InlineData("GET", "/admin/v1/drain", null, 405)]
    [InlineData("GET", "/admin/v1/none", null, 404)]
    [InlineData("GET", "/admin/v1/routes/none", null, 404)]
    public async Task WhatCannotBe_SaysWhy(string method, string path, string? body, int expected)
    {
        (int status, string answer) = await AskAsync(new HttpMethod(method), path, body);
        status.Should().Be(expected);
        answer.Should().Contain($"\"status\":{expected}").And.Contain("\"detail\":");
    }

    [Fact]
    public async Task CircuitReset_IsClosed()
    {
        ServiceInstance instance = _gateway.Server.Pipeline.Parts.Services[0].Instances[0];
        Given.OpenCircuit(instance);
        (await AskAsync(HttpMethod.Post, $"/admin/v1/circuits/svc/{instance.Name}")).Status.Should().Be(200);
        instance.Breaker.State.Should().Be(Core.Resilience.CircuitState.Closed);
    }

    [Fact]
    public async Task Explain_NeedsNoTokenAndChangesNothing()
    {
        (int status, string body) = await AskAsync(HttpMethod.Post, "/admin/v1/explain", """{"url":"/x?y"}""", token: null);
        status.Should().Be(200);
        body.Should().Contain("\"all\"");
        _one.Requests.Should().Be(0);
        (await AskAsync(HttpMethod.Post, "/admin/v1/explain", """{"uri":"/x"}""", token: null)).Status.Should().Be(400);
    }

    [Fact]
    public async Task Drain_IsBegunAndTakenBack()
    {
        (await AskAsync(HttpMethod.Post, "/admin/v1/drain")).Status.Should().Be(200);
        JsonElement snapshot = await SnapshotAsync();
        (snapshot.GetProperty("drain").GetString(), snapshot.GetProperty("not_ready").GetString()).Should().Be(("manual", "draining"));
        (await AskAsync(HttpMethod.Delete, "/admin/v1/drain")).Status.Should().Be(200);
        (await SnapshotAsync()).GetProperty("drain").GetString().Should().Be("off");
    }

    [Fact]
    public async Task Reload_TellsWhatBecameOfIt()
    {
        ReloadStatus? status = null;
        _gateway.Server.Reload = () => Task.FromResult<ReloadStatus?>(status);
        (await AskAsync(HttpMethod.Post, "/admin/v1/config/reload")).Status.Should().Be(409, "it was not tried, since the gateway ends");
        status = new(4, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, []);
        (await AskAsync(HttpMethod.Post, "/admin/v1/config/reload")).Should().Be((200, """{"result":"Configuration 4 is in force."}"""));
        status = status with { Problems = ["a.json:1:2: no", "a.json:3:4: neither"] };
        (int code, string body) = await AskAsync(HttpMethod.Post, "/admin/v1/config/reload");
        code.Should().Be(422);
        body.Should().Contain("Configuration 4 stays in force. a.json:1:2: no · a.json:3:4: neither");
    }

    [Fact]
    public async Task Refused_AreShownByPolicyReasonAndMaskedKey()
    {
        await GetAsync(25);
        JsonElement snapshot = await SnapshotAsync();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (int looks = 0; looks < 100 && !snapshot.GetProperty("now").GetProperty("refusals").TryGetProperty("rate_limited", out _); looks++)
        {
            await again.WaitForNextTickAsync();
            snapshot = await SnapshotAsync();
        }

        JsonElement limit = snapshot.GetProperty("rate_limits")[0];
        limit.GetProperty("top_refused")[0].GetRawText().Should().Be("""{"key":"127.0.0.x","refused":5}""");
        limit.GetProperty("refused_rps").GetDouble().Should().BePositive();
        snapshot.GetProperty("now").GetProperty("rps").GetDouble().Should().BePositive();
        snapshot.GetProperty("routes").GetProperty("all").GetProperty("share_4xx").GetDouble().Should().BePositive();
        snapshot.GetProperty("services")[0].GetProperty("instances")[0].GetProperty("p50_ms").GetDouble().Should().BePositive();
    }

    [Fact]
    public async Task Stream_BeginsWithTheHistoryAndGoesOn()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, new Uri(_gateway.Admin, "/admin/v1/stream"));
        using HttpResponseMessage answer = await _gateway.Client.SendAsync(message, CancellationToken.None);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).Should().Be("retry: 1000");
        (await reader.ReadLineAsync()).Should().BeEmpty();
        (await reader.ReadLineAsync()).Should().Be("event: history");
        (await reader.ReadLineAsync()).Should().StartWith("data: {\"step_seconds\":1,");
        (await reader.ReadLineAsync()).Should().BeEmpty();
        for (int i = 0; i < 2; i++)
        {
            (await reader.ReadLineAsync()).Should().Be("event: snapshot");
            JsonDocument.Parse((await reader.ReadLineAsync())!["data: ".Length..]).RootElement.GetProperty("version").GetString().Should().NotBeEmpty();
            (await reader.ReadLineAsync()).Should().BeEmpty();
        }
    }

    [Fact]
    public async Task MoreViewersThanMayBe_AreToldToComeLater()
    {
        List<HttpResponseMessage> watching = [];
        for (int i = 0; i <= LiveFeed.MostViewers; i++)
        {
            watching.Add(await _gateway.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(_gateway.Admin, "/admin/v1/stream")), CancellationToken.None));
        }

        watching.Select(static answer => (int)answer.StatusCode).Should().Equal([.. Enumerable.Repeat(200, LiveFeed.MostViewers), 503]);
        watching[^1].Headers.RetryAfter!.Delta.Should().BePositive();
        watching.ForEach(static answer => answer.Dispose());
    }

    [Fact]
    public async Task GatewayThatEnds_LetsItsViewersGo()
    {
        using HttpResponseMessage answer = await _gateway.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, new Uri(_gateway.Admin, "/admin/v1/stream")), CancellationToken.None);
        await _gateway.Server.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        await answer.Content.ReadAsStringAsync().WaitAsync(TimeSpan.FromSeconds(10));
    }

    private async Task GetAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            (await _gateway.GetAsync("/")).Dispose();
        }
    }

    private Task<JsonElement> SnapshotAsync() => JsonAsync("/admin/v1/snapshot");

    private async Task<JsonElement> JsonAsync(string path)
    {
        (int status, string body) = await AskAsync(HttpMethod.Get, path);
        status.Should().Be(200);
        return JsonDocument.Parse(body).RootElement.Clone();
    }

    private async Task<(int Status, string Body)> AskAsync(HttpMethod method, string path, string? body = null, string? token = Token, string? origin = null)
    {
        using var message = new HttpRequestMessage(method, new Uri(_gateway.Admin, path))
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (token is not null)
        {
            message.Headers.Add("Authorization", $"Bearer {token}");
        }

        if (origin is not null)
        {
            message.Headers.Add("Origin", origin);
        }

        using HttpResponseMessage answer = await _gateway.Client.SendAsync(message, CancellationToken.None);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
