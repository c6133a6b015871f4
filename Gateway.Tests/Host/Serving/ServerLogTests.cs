using Gateway.Host.Serving;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Host.Serving;

public sealed class ServerLogTests
{
    [Fact]
    public void EachEvent_HasItsLevelAndSentence()
    {
        var log = new Lines();

        ServerLog.Started(log, "http://a:1/, http://b:2/", "http://127.0.0.1:9100/");
        ServerLog.Draining(log, TimeSpan.FromSeconds(5));
        ServerLog.Closing(log, 3, TimeSpan.FromSeconds(30));
        ServerLog.BrokenOff(log, 2);

        log.Should().Equal(
            "Information: Serving on http://a:1/, http://b:2/, admin on http://127.0.0.1:9100/",
            "Information: Leaving: not ready from now on, serving new connections for 00:00:05",
            "Information: Listener closed; 3 requests have 00:00:30 to finish",
            "Warning: 2 requests were broken off");
    }

    private sealed class Lines : List<string>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Add($"{logLevel}: {formatter(state, exception)}");
    }
}
