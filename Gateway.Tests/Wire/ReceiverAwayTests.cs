using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Host.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>A receiver that is away, slow or unwilling costs spans, and nothing else. Alone, since the SDK listens to every gateway in the process.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class ReceiverAwayTests : OtlpScene
{
    private const int Requests = 200, Room = 16;

    [Theory]
    [InlineData(OtlpProtocol.Grpc)]
    [InlineData(OtlpProtocol.HttpProtobuf)]
    internal async Task ReceiverThatIsAway_LosesSpansAndNoRequest(OtlpProtocol protocol)
    {
        TelemetryOptions telemetry = Receiver.Options(protocol);
        await using TestGateway gateway = await StartAsync(telemetry with { Otlp = telemetry.Otlp with { Endpoint = ScriptedInstance.UnusedUrl() } });

        await AskAsync(gateway);

        await LostAsync(gateway, all: 2 * Requests);
        gateway.LogLines.Should().ContainSingle(static line => line.ToString().Contains("Traces cannot be sent to", StringComparison.Ordinal))
            .Which.GetProperty("message").GetString().Should().Contain("refused");
    }

    [Theory]
    [InlineData(OtlpProtocol.Grpc)]
    [InlineData(OtlpProtocol.HttpProtobuf)]
    internal async Task ReceiverThatRefuses_LosesSpansAndNoRequest_AndIsTriedAgain(OtlpProtocol protocol)
    {
        Receiver.Takes = false;
        await using TestGateway gateway = await StartAsync(Receiver.Options(protocol));

        await AskAsync(gateway);

        await LostAsync(gateway, all: 2 * Requests);
        Receiver.Spans.Should().BeEmpty();
        Receiver.Takes = true;
        await gateway.GetAsync("/", ("X-Correlation-ID", "back")).ShouldBeOkAsync();
        await Receiver.SpansOfAsync("back");
        await Eventually.BecomesAsync(() => Task.FromResult(Told(gateway)), static told => told.Length == 2);
        Told(gateway).Should().SatisfyRespectively(
            static away => away.Should().Contain("cannot be sent to"), static back => back.Should().Contain("can be sent to").And.EndWith("again"));
    }

    [Fact]
    public async Task ReceiverThatHangs_LosesWhatFindsNoRoom_AndNoRequest()
    {
        var gate = new TaskCompletionSource();
        Receiver.Gate = gate.Task;
        TelemetryOptions telemetry = Receiver.Options();
        await using TestGateway gateway = await StartAsync(telemetry with { Otlp = telemetry.Otlp with { Timeout = TimeSpan.FromMinutes(1) } });

        await AskAsync(gateway);

        string scrape = await gateway.ScrapeAsync();
        (Spans(scrape, "exported"), Spans(scrape, "failed"), Spans(scrape, "dropped")).Should().Be((0, 0, (2 * Requests) - Room));
        gate.SetResult();
        await Eventually.BecomesAsync(() => Task.FromResult(Receiver.Spans.Count), static count => count == Room);
        Receiver.Spans.Should().HaveCount(Room);
    }

    [Fact]
    public async Task ReceiverThatHangs_HoldsUpNobodyWhoMustLeaveAtOnce()
    {
        Receiver.Gate = new TaskCompletionSource().Task;
        TelemetryOptions telemetry = Receiver.Options();
        await using TestGateway gateway = await TestGateway.StartTracedHereAsync(
            TestOptions.For(Service.Url), telemetry with { Otlp = telemetry.Otlp with { Timeout = TimeSpan.FromMinutes(1) } });
        await gateway.GetAsync("/").ShouldBeOkAsync();
        await Eventually.BecomesAsync(() => Task.FromResult(Receiver.Batches), static batches => batches > 0);

        await gateway.DisposeAsync();

        gateway.Server.Export!.Ended.IsCompleted.Should().BeFalse("it was left, not waited for");
    }

    private static async Task LostAsync(TestGateway gateway, int all)
    {
        string scrape = await Eventually.BecomesAsync(gateway.ScrapeAsync, scrape => Spans(scrape, "failed") + Spans(scrape, "dropped") == all);
        (Spans(scrape, "failed") + Spans(scrape, "dropped"), Spans(scrape, "exported")).Should().Be((all, 0));
    }

    private static string?[] Told(TestGateway gateway) =>
    [
        .. gateway.LogLines.Where(static line => line.TryGetProperty("message", out _)).Select(static line => line.GetProperty("message").GetString())
            .Where(static message => message!.StartsWith("Traces ", StringComparison.Ordinal)),
    ];

    private static int Spans(string scrape, string result) => int.Parse(
        Regex.Match(scrape, $"(?m)^gateway_spans_total\\{{result=\"{result}\"\\}} (\\d+)").Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    private static async Task AskAsync(TestGateway gateway)
    {
        for (int i = 0; i < Requests; i++)
        {
            await gateway.GetAsync($"/{i}").ShouldBeOkAsync();
        }
    }

    private Task<TestGateway> StartAsync(TelemetryOptions telemetry) => TestGateway.StartTracedAsync(
        TestOptions.For(Service.Url),
        telemetry with { Traces = new SpanOptions { QueueSize = Room, BatchSize = 4, Interval = TimeSpan.FromMilliseconds(100) } });
}
