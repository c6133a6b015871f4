using Gateway.Core.Errors;
using Gateway.Host.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Telemetry;

public sealed class TelemetryOptionsTests
{
    [Fact]
    public void Defaults_AreRight_AndSendNothing()
    {
        Problems(new TelemetryOptions()).Should().BeEmpty();
        new TelemetryOptions().Otlp.Endpoint.Should().BeNull();
    }

    [Theory]
    [InlineData("http://collector:4317", OtlpProtocol.Grpc, true)]
    [InlineData("https://10.0.0.1:4317/", OtlpProtocol.Grpc, true)]
    [InlineData("http://collector:4318/otlp", OtlpProtocol.HttpProtobuf, true)]
    [InlineData("http://collector:4317/otlp", OtlpProtocol.Grpc, false)]
    [InlineData("collector:4317", OtlpProtocol.Grpc, false)]
    [InlineData("grpc://collector:4317", OtlpProtocol.Grpc, false)]
    [InlineData("http://user:password@collector:4318", OtlpProtocol.HttpProtobuf, false)]
    [InlineData("http://collector:4318/?key=1", OtlpProtocol.HttpProtobuf, false)]
    [InlineData("", OtlpProtocol.HttpProtobuf, false)]
    internal void Endpoint_IsAnAddressThatTheProtocolTakes(string endpoint, OtlpProtocol protocol, bool isRight) =>
        Problems(new TelemetryOptions { Otlp = new OtlpOptions { Endpoint = endpoint, Protocol = protocol } }).Should()
            .HaveCount(isRight ? 0 : 1).And.NotContain(static problem => !problem.StartsWith("T:Otlp:Endpoint: '"));

    [Theory]
    [InlineData("api-key", "secret, with = and %", null)]
    [InlineData("", "v", "T:Otlp:Headers:: is not the name of a header")]
    [InlineData("a b", "v", "T:Otlp:Headers:a b: is not the name of a header")]
    [InlineData("Content-Type", "v", "T:Otlp:Headers:Content-Type: belongs to the protocol and cannot be set")]
    [InlineData("grpc-timeout", "v", "T:Otlp:Headers:grpc-timeout: belongs to the protocol and cannot be set")]
    [InlineData("TE", "v", "T:Otlp:Headers:TE: belongs to the protocol and cannot be set")]
    [InlineData("k", "", "T:Otlp:Headers:k: has a value that no header could carry; allowed are 1 to 4096 visible characters of ASCII")]
    [InlineData("k", "hunter2\n", "T:Otlp:Headers:k: has a value that no header could carry; allowed are 1 to 4096 visible characters of ASCII")]
    public void Header_IsOneThatCanBeSent_AndItsValueIsNotRepeated(string name, string value, string? problem) =>
        Problems(WithHeaders(new Dictionary<string, string> { [name] = value })).Should().Equal(problem is null ? [] : [problem]);

    [Theory]
    [InlineData(32, 4096, 0)]
    [InlineData(33, 4096, 1)]
    [InlineData(32, 4097, 32)]
    public void Headers_HaveLimits(int count, int length, int problems) =>
        Problems(WithHeaders(Enumerable.Range(0, count).ToDictionary(static i => $"h{i}", _ => new string('x', length)))).Should().HaveCount(problems);

    [Theory]
    [InlineData(0, 16, 16, 0)]
    [InlineData(1, 65_536, 8_192, 0)]
    [InlineData(-0.01, 16, 16, 1)]
    [InlineData(1.01, 16, 16, 1)]
    [InlineData(1, 15, 1, 1)]
    [InlineData(1, 65_537, 1, 1)]
    [InlineData(1, 65_536, 8_193, 1)]
    [InlineData(1, 100, 101, 1)]
    [InlineData(1, 100, 0, 1)]
    public void Traces_HaveLimits(double ratio, int queue, int batch, int problems) =>
        Problems(new TelemetryOptions { Traces = new SpanOptions { SampleRatio = ratio, QueueSize = queue, BatchSize = batch } }).Should().HaveCount(problems);

    [Theory]
    [InlineData(100, 100, 1_000, 0)]
    [InlineData(60_000, 60_000, 3_600_000, 0)]
    [InlineData(99, 99, 999, 3)]
    [InlineData(60_001, 60_001, 3_600_001, 3)]
    public void Times_HaveLimits(int timeout, int interval, int metrics, int problems) => Problems(new TelemetryOptions
    {
        Otlp = new OtlpOptions { Timeout = TimeSpan.FromMilliseconds(timeout) },
        Traces = new SpanOptions { Interval = TimeSpan.FromMilliseconds(interval) },
        Metrics = new OtlpMetricOptions { Interval = TimeSpan.FromMilliseconds(metrics) },
    }).Should().HaveCount(problems);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(256, 0)]
    [InlineData(0, 2)]
    [InlineData(257, 2)]
    public void Names_HaveLimits(int length, int problems) =>
        Problems(new TelemetryOptions { ServiceName = new string('n', length), InstanceId = new string('n', length) }).Should().HaveCount(problems);

    [Fact]
    public void MetricsWithoutAReceiver_AreAnError() => Problems(new TelemetryOptions { Metrics = new OtlpMetricOptions { Enabled = true } }).Should()
        .Equal("T:Metrics:Enabled: needs T:Otlp:Endpoint, which says where to");

    [Fact]
    public void SameOptions_SayTheSame_HeadersIncluded()
    {
        TelemetryOptions one = WithHeaders(new Dictionary<string, string> { ["k"] = "1" });
        one.Says(WithHeaders(new Dictionary<string, string> { ["k"] = "1" })).Should().BeTrue();
        one.Says(WithHeaders(new Dictionary<string, string> { ["k"] = "2" })).Should().BeFalse();
        one.Says(WithHeaders(new Dictionary<string, string> { ["k"] = "1", ["l"] = "1" })).Should().BeFalse();
        one.Says(one with { ServiceName = "other" }).Should().BeFalse();
        one.Says(one with { Traces = new SpanOptions { SampleRatio = 0.5 } }).Should().BeFalse();
        one.Says(one with { Otlp = one.Otlp with { Endpoint = "http://x:1" } }).Should().BeFalse();
    }

    [Theory]
    [InlineData("""{ "Otlp": { §"Endpont": "http://c:1" } }""", "Gateway:Telemetry:Otlp:Endpont: unknown key; did you mean 'Endpoint'?")]
    [InlineData("""{ "Traces": { "SampleRatio": §2 } }""", "Gateway:Telemetry:Traces:SampleRatio: 2 is out of range; allowed are 0 to 1")]
    [InlineData("""{ "Otlp": { "Protocol": §"Json" } }""", "Gateway:Telemetry:Otlp:Protocol: 'Json' is not one of Grpc, HttpProtobuf")]
    public void WrongConfiguration_IsOneSentenceWithItsPosition(string telemetry, string problem) =>
        ConfigurationFiles.ExpectProblems($$"""{ "Gateway": { "Telemetry": {{telemetry}} } }""", problem);

    private static TelemetryOptions WithHeaders(Dictionary<string, string> headers) => new() { Otlp = new OtlpOptions { Headers = headers } };

    private static IEnumerable<string> Problems(TelemetryOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("T", errors);
        return errors.All.Select(static error => error.ToString());
    }
}
