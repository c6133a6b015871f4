using System.Text;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Responses;
using Gateway.Host.Configuration;
using Gateway.Host.Explaining;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Host.Explaining;

/// <summary>What is explained is what happens: the same random requests are explained, and sent through the pipeline that serves.</summary>
public sealed class ExplainerAgreementTests
{
    private const int Tables = 500, RequestsOfEach = 20;

    /// <summary>Whole pipelines without a server; their service has no instance, so that what is sent on ends there.</summary>
    [Fact]
    public async Task TenThousandRandomRequests_BecomeInThePipelineWhatWasExplained()
    {
        var seen = new Dictionary<string, int>();
        for (int seed = 0; seed < Tables; seed++)
        {
            var random = new RandomRoutes(seed);
            GatewayOptions options = random.Table();
            var explainer = new Explainer(ConfigurationOf(options));
            var entries = new List<AccessLogEntry>();
            await using var pipeline = new GatewayPipeline(options, NullLoggerFactory.Instance, (in entry) => entries.Add(entry));
            for (int i = 0; i < RequestsOfEach; i++)
            {
                (string method, string target, (string Name, string Value)[] headers) = random.Request();
                Outcome explained = OutcomeOf(explainer.Explain(Request(method, target, headers)));
                Outcome happened = await SendAsync(pipeline, entries, method, target, headers);
                explained.Should().Be(happened, "seed {0}, request {1}: {2} {3} {4}", seed, i, method, target, string.Join(", ", headers));
                string kind = $"{happened.Status}";
                seen[kind] = seen.GetValueOrDefault(kind) + 1;
            }
        }

        seen.Values.Sum().Should().Be(10_000);
        seen.Keys.Should().Contain(["", "200", "204", "400", "404", "405", "413"], "every kind of outcome is to be met");
    }

    /// <summary>Over real sockets, where Kestrel has its say before the pipeline.</summary>
    [Fact]
    public async Task RequestsOverTheWire_BecomeWhatWasExplained()
    {
        await using TestInstance instance = await TestInstance.StartAsync(static _ => Task.CompletedTask);
        var random = new RandomRoutes(7);
        GatewayOptions options = random.Table() with { Services = new Dictionary<string, ServiceOptions> { ["s"] = new() { Instances = [new() { Url = instance.Url }] } } };
        options.Routes.Should().HaveCountGreaterThan(4);
        await using TestGateway gateway = await TestGateway.StartHereAsync(options);
        var explainer = new Explainer(ConfigurationOf(options));
        int sentOn = 0;
        for (int i = 0; i < 200; i++)
        {
            (string method, string target, (string Name, string Value)[] headers) = random.Request();

            // What has a length has a body, and Kestrel itself refuses a request without a host. Of two faults, as TRACE and %00, it sees its own first.
            method = method == "TRACE" ? "GET" : method;
            headers = [.. headers.Where(static header => header.Name is not ("Content-Length" or "Host")), ("Host", "one.example")];
            Outcome explained = OutcomeOf(explainer.Explain(Request(method, target, headers)));
            (int status, string? allow, string? route) = await AskAsync(gateway, method, target, headers, $"wire-{i}");
            (explained.Status ?? 200, explained.Allow).Should().Be((status, allow), "request {0}: {1} {2}", i, method, target);
            if (explained.Status is null)
            {
                explained.Route.Should().Be(route);
                sentOn++;
            }
        }

        sentOn.Should().BeGreaterThan(20);
    }

    private static HostConfiguration ConfigurationOf(GatewayOptions options) => new(options, new AdminOptions(), [], new ConfigurationBuilder().Build());

    private static ExplainRequest Request(string method, string target, (string Name, string Value)[] headers) =>
        ExplainRequest.Parse(method, target, headers.Select(static header => KeyValuePair.Create(header.Name, header.Value)), out _)!;

    private static Outcome OutcomeOf(Explanation explanation) => explanation.Answer.SentOn
        ? new Outcome(null, null, null, explanation.Route!.Name)
        : new Outcome(explanation.Answer.Status, explanation.Answer.Reason, explanation.Answer.Allow, null);

    private static async Task<Outcome> SendAsync(
        GatewayPipeline pipeline, List<AccessLogEntry> entries, string method, string target, (string Name, string Value)[] headers)
    {
        using var exchange = new FakeExchange(method, target);
        exchange.Http.Request.Headers.Remove("Host");
        foreach ((string name, string value) in headers)
        {
            exchange.Http.Request.Headers[name] = value;
        }

        await pipeline.InvokeAsync(exchange.Http);
        await exchange.EndAsync();
        AccessLogEntry entry = entries[^1];
        return entry.Error == "no_healthy_instance" ? new Outcome(null, null, null, entry.Route)
            : new Outcome(entry.StatusCode, entry.Error, exchange.Headers.Allow.Count == 0 ? null : exchange.Headers.Allow.ToString(), null);
    }

    private static async Task<(int Status, string? Allow, string? Route)> AskAsync(
        TestGateway gateway, string method, string target, (string Name, string Value)[] headers, string id)
    {
        using RawConnection connection = await gateway.ConnectAsync();
        var text = new StringBuilder($"{method} {target} HTTP/1.1\r\n");
        foreach ((string name, string value) in headers)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await connection.SendAsync(text.Append(System.Globalization.CultureInfo.InvariantCulture, $"X-Correlation-ID: {id}\r\nConnection: close\r\n\r\n").ToString());
        string[] head = (await connection.ReadToEndAsync()).Split("\r\n\r\n")[0].Split("\r\n");
        int status = int.Parse(head[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        string? allow = head.FirstOrDefault(static line => line.StartsWith("Allow: ", StringComparison.OrdinalIgnoreCase))?[7..];
        return (status, allow, status == 200 && allow is null ? (await gateway.LogLineAsync(id)).TryGetProperty("route", out System.Text.Json.JsonElement route) ? route.GetString() : null : null);
    }

    /// <summary>All null but the route when the request is sent on.</summary>
    private sealed record Outcome(int? Status, string? Reason, string? Allow, string? Route);
}
