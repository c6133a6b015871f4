using Gateway.Host.Logging;
using Microsoft.Extensions.Logging;
using Serilog.Events;

namespace Gateway.Tests.Host.Logging;

public sealed class AccessLogEventTests
{
    private readonly AccessLogEvent _events = new();

    [Theory]
    [InlineData(LogLevel.Information, LogEventLevel.Information)]
    [InlineData(LogLevel.Warning, LogEventLevel.Warning)]
    [InlineData(LogLevel.Error, LogEventLevel.Error)]
    public void Event_HasTheEntrysLevel(LogLevel level, LogEventLevel expected) => _events.Of(level).Level.Should().Be(expected);

    [Fact]
    public void Event_CarriesTheEntryOfTheMoment()
    {
        LogEvent first = _events.Of(LogLevel.Warning);
        _events.Entry = LogLines.Full;
        first.Should().BeOfType<AccessLogEvent.OfLevel>().Which.Entry.Should().Be(LogLines.Full);

        _events.Entry = LogLines.Least;
        _events.Of(LogLevel.Warning).Should().BeSameAs(first);
        ((AccessLogEvent.OfLevel)first).Entry.Should().Be(LogLines.Least);
    }
}
