using Gateway.Core.Embedding;
using Gateway.Core.Responses;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Embedding;

public sealed class AccessLoggerTests : ILoggerFactory, ILogger
{
    private readonly List<(LogLevel Level, Dictionary<string, object?> Fields)> _lines = [];

    [Fact]
    public void FinishedRequest_IsOneStructuredLine_AtTheEntrysLevel()
    {
        AccessLog log = AccessLogger.To(this);

        log(new AccessLogEntry
        {
            Timestamp = default,
            Level = LogLevel.Warning,
            CorrelationId = "id",
            Method = "GET",
            Path = "/x",
            ResponseTimeMs = 1.5,
            StatusCode = 502,
            ClientIp = "10.0.0.1",
            Error = "connect_failed",
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        });

        _lines.Should().ContainSingle().Which.Level.Should().Be(LogLevel.Warning);
        _lines[0].Fields.Should().Contain("StatusCode", 502).And.Contain("Path", "/x").And.Contain("Error", "connect_failed")
            .And.Contain("TraceId", "0af7651916cd43dd8448eb211c80319c").And.Contain("ResponseTimeMs", 1.5);
    }

    ILogger ILoggerFactory.CreateLogger(string categoryName)
    {
        categoryName.Should().Be("Gateway.Access");
        return this;
    }

    void ILoggerFactory.AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Add((logLevel, ((IEnumerable<KeyValuePair<string, object?>>)state!).ToDictionary()));

    public void Dispose()
    {
        // It holds nothing.
    }
}
