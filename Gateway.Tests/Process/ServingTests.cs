using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Process;

/// <summary>The binary while it serves: what it writes, how it leaves, and that a broken output does not take it down.</summary>
public sealed class ServingTests : IAsyncLifetime
{
    private ConfigurationFiles _files = null!;
    private TestInstance _service = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartEchoAsync();
        _files = new ConfigurationFiles().Write("gateway.json", $$"""
            {
              "Kestrel": { "Endpoints": { "Public": { "Url": "http://127.0.0.1:0" } } },
              "Gateway": {
                "Admin": { "Url": "http://127.0.0.1:0" },
                "Services": { "svc": { "Instances": [ { "Url": "{{_service.Url}}" } ] } },
                "Routes": { "all": { "Pattern": "/{**rest}", "Service": "svc", "Auth": "Anonymous" } },
                "Shutdown": { "DrainDelay": "00:00:00.3" }
              }
            }
            """);
    }

    public async Task DisposeAsync()
    {
        await _service.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task StandardOutput_HoldsJsonLinesAlone()
    {
        await using GatewayProcess gateway = Start();
        (Uri address, _) = await gateway.ServingAsync();
        (await GetAsync(address, "/a?b", "one")).Should().Be(200);
        (await GetAsync(address, "/a%5c", "two")).Should().Be(400);

        await gateway.TerminateAsync();
        (int code, string output, _) = await gateway.EndAsync();

        code.Should().Be(0);
        output.Should().EndWith("\n");
        JsonElement[] lines = Lines(output);
        lines.Should().OnlyContain(static line => line.ValueKind == JsonValueKind.Object);
        lines.Select(CorrelationId).Where(static id => id is not null).Should().Equal("one", "two");
    }

    [Fact]
    public async Task SigtermUnderLoad_AnswersEveryAcceptedRequestFlushesTheLogAndReturns0()
    {
        await using GatewayProcess gateway = Start();
        (Uri address, _) = await gateway.ServingAsync();
        int served = 0;
        var underLoad = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // As behind a load balancer: a client that is asked to close goes elsewhere; until then it opens connections as it likes.
        Task[] clients = [.. Enumerable.Range(1, 4).Select(client => Task.Run(async () =>
        {
            bool closing = false;
            while (!closing)
            {
                using RawConnection connection = await RawConnection.ToAsync(address.Port);
                for (int i = 0; i < client * 3 && !closing; i++)
                {
                    await connection.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: load\r\n\r\n");
                    (string head, string body) = await connection.ReadResponseAsync();
                    head.Should().StartWith("HTTP/1.1 200 ");
                    body.Should().StartWith("GET /\n");
                    closing = head.Contains("Connection: close", StringComparison.Ordinal);
                    if (Interlocked.Increment(ref served) == 200)
                    {
                        underLoad.SetResult();
                    }
                }
            }
        }))];
        await Task.WhenAny(underLoad.Task, Task.WhenAll(clients)).WaitAsync(GatewayProcess.Patience);
        await gateway.TerminateAsync();
        await Task.WhenAll(clients).WaitAsync(GatewayProcess.Patience);
        (int code, string output, string errors) = await gateway.EndAsync();

        code.Should().Be(0);
        Lines(output).Count(static line => CorrelationId(line) == "load").Should().Be(served, "each answered request has its line");
        errors.Should().NotContain("\n   at ");
    }

    [Fact]
    public async Task SecondSigterm_EndsAtOnce()
    {
        await using GatewayProcess gateway = Start("--set", "Gateway:Shutdown:DrainDelay=01:00:00");
        (Uri address, _) = await gateway.ServingAsync();

        await gateway.TerminateAsync();
        await gateway.Output.MatchAsync(new Regex("Leaving"));
        (await GetAsync(address, "/", "late")).Should().Be(200, "the first signal closes nothing");
        await gateway.TerminateAsync();

        (await gateway.EndAsync()).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task ClosedStandardOutput_DoesNotStopTheGateway()
    {
        await using GatewayProcess gateway = Start();
        (Uri address, _) = await gateway.ServingAsync();

        await gateway.Output.CloseAsync();
        for (int i = 0; i < 20; i++)
        {
            (await GetAsync(address, "/", $"unread-{i}")).Should().Be(200);
        }

        await gateway.TerminateAsync();
        (await gateway.EndAsync()).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task StalledStandardOutput_StallsNoRequest()
    {
        await using GatewayProcess gateway = GatewayProcess.StartRedirected(_files.Root, "2>&1", "run", "-c", "gateway.json");
        (Uri address, _) = await gateway.ServingAsync();

        // A pipe holds 64 KB; these lines are many times that. Standard error is the same pipe, as in 'gateway 2>&1 | …'.
        await gateway.Output.StallAsync();
        for (int i = 0; i < 500; i++)
        {
            (await GetAsync(address, "/", $"unread-{i}", new string('u', 1000))).Should().Be(200);
        }
    }

    [Fact]
    public async Task FullStandardOutput_IsSaidOnceAndDoesNotStopTheGateway()
    {
        // Nobody can read the address that it got, so it gets one that is known.
        string socket = Path.Combine(_files.Root, "public.sock");
        await using GatewayProcess gateway = GatewayProcess.StartRedirected(
            _files.Root, ">/dev/full", "run", "-c", "gateway.json", "--set", $"Kestrel:Endpoints:Public:Url=http://unix:{socket}");
        const string Complaint = "gateway: log lines cannot be written and are dropped: No space left on device\n";
        await gateway.Errors.MatchAsync(new Regex(Regex.Escape(Complaint)));

        for (int i = 0; i < 20; i++)
        {
            using RawConnection connection = await RawConnection.ToAsync(socket);
            (await GetAsync(connection, "/", $"lost-{i}")).Should().Be(200);
        }

        await gateway.TerminateAsync();
        (int code, _, string errors) = await gateway.EndAsync();

        code.Should().Be(0);
        errors.Should().EndWith(Complaint);
        errors.Split("cannot be written").Should().HaveCount(2);
    }

    private GatewayProcess Start(params string[] more) => GatewayProcess.Start(_files.Root, ["run", "--config", "gateway.json", .. more]);

    private static async Task<int> GetAsync(Uri address, string target, string correlationId, string userAgent = "test")
    {
        using RawConnection connection = await RawConnection.ToAsync(address.Port);
        return await GetAsync(connection, target, correlationId, userAgent);
    }

    private static async Task<int> GetAsync(RawConnection connection, string target, string correlationId, string userAgent = "test")
    {
        await connection.SendAsync(
            $"GET {target} HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: {correlationId}\r\nUser-Agent: {userAgent}\r\nConnection: close\r\n\r\n");
        string head = (await connection.ReadResponseAsync()).Head;
        return int.Parse(head.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static JsonElement[] Lines(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line))];

    private static string? CorrelationId(JsonElement line) =>
        line.TryGetProperty("correlation_id", out JsonElement id) ? id.GetString() : null;
}
