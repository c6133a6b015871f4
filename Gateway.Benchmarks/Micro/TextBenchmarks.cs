using System.Buffers;
using BenchmarkDotNet.Attributes;
using Gateway.Core.Reception;
using Gateway.Core.Responses;
using Gateway.Host.Logging;
using Microsoft.Extensions.Logging;

namespace Gateway.Benchmarks.Micro;

/// <summary>The texts that every request makes: its normalised path and its log line.</summary>
[MemoryDiagnoser]
public class TextBenchmarks
{
    private readonly ArrayBufferWriter<byte> _line = new(4096);
    private readonly AccessLogEntry _entry = new()
    {
        Timestamp = new DateTimeOffset(2026, 11, 27, 12, 0, 0, TimeSpan.Zero),
        Level = LogLevel.Information,
        CorrelationId = "0123456789abcdef0123456789abcdef",
        Method = "GET",
        Path = "/api/products/42",
        UserId = "user-42",
        BackendService = "product",
        ResponseTimeMs = 1.2345,
        StatusCode = 200,
        UserAgent = "benchmark/1",
        ClientIp = "192.0.2.1",
        Route = "products",
        Instance = "10.0.0.4:8004",
        Attempts = 1,
        UpstreamMs = 1.1234,
        BytesOut = 200,
        TraceParent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00",
    };

    [Params("/api/products/42?x=1", "/api/../api/./products/%2e%2e/products/42?x=1")]
    public string Target { get; set; } = "";

    [Benchmark]
    public object Path() => PathNormalizer.Normalize(Target).Path;

    [Benchmark]
    public int LogLine()
    {
        _line.ResetWrittenCount();
        AccessLogLine.Write(_line, _entry);
        return _line.WrittenCount;
    }
}
