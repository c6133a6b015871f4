using System.Text.Json;
using Serilog.Events;

namespace Gateway.Tests.Host.Logging;

public sealed class LogLineTests
{
    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\r\nb")]
    [InlineData("a\"},{\"level\":\"error")]
    [InlineData("\\")]
    [InlineData("\0\u0001\u001b[31m\u007f\u0085\u009b")]
    [InlineData("\u2028\u2029")]
    [InlineData("é ü \ud83d\ude00")]
    public void UserAgent_CannotLeaveItsFieldOrItsLine(string text)
    {
        string line = LogLines.Format(LogLines.Event(LogLines.Least with { UserAgent = text }));

        line.TrimEnd('\n').Should().NotContainAny("\n", "\r", "\u0085", "\u2028", "\u2029").And.NotMatchRegex(@"\p{Cc}");
        line.Should().EndWith("}\n");
        JsonElement.Parse(line).GetProperty("level").GetString().Should().Be("info");
        JsonElement.Parse(line).GetProperty("user_agent").GetString().Should().Be(text);
    }

    [Fact]
    public void HalfACharacter_IsReplaced() =>
        JsonElement.Parse(LogLines.Format(LogLines.Event(LogLines.Least with { UserAgent = "a\ud800b" })))
            .GetProperty("user_agent").GetString().Should().Be("a\ufffdb");

    [Fact]
    public void QuotesAndMarkup_AreLegible() =>
        LogLines.Format(LogLines.Event(LogLines.Least with { UserAgent = "<'+&>" })).Should().Contain("\"user_agent\":\"<'+&>\"");

    [Fact]
    public void Event_IsALineOfTheGatewaysOwn()
    {
        JsonElement line = JsonElement.Parse(LogLines.Format(LogLines.Event(
            LogEventLevel.Warning, "{Count} were late", null,
            new LogEventProperty("Count", new ScalarValue(3)), new LogEventProperty("SourceContext", new ScalarValue("Gateway")))));

        line.EnumerateObject().Select(static field => field.Name).Should().Equal("timestamp", "level", "message", "source");
        line.GetProperty("timestamp").GetString().Should().Be("2025-09-29T01:02:01+00:00");
        line.GetProperty("level").GetString().Should().Be("warning");
        line.GetProperty("message").GetString().Should().Be("3 were late");
        line.GetProperty("source").GetString().Should().Be("Gateway");
    }

    [Fact]
    public void EventWithAnException_IsStillOneLine()
    {
        string line = LogLines.Format(LogLines.Event(LogEventLevel.Error, "broken", new InvalidOperationException("first\nsecond")));

        line.Count(static c => c == '\n').Should().Be(1);
        JsonElement.Parse(line).GetProperty("exception").GetString().Should().Contain("first\nsecond");
    }

    [Theory]
    [InlineData(LogEventLevel.Debug, "debug")]
    [InlineData(LogEventLevel.Information, "info")]
    [InlineData(LogEventLevel.Error, "error")]
    [InlineData(LogEventLevel.Fatal, "error")]
    public void LevelOfAnEvent_IsOneOfTheAccessLogsWords(LogEventLevel level, string word) =>
        JsonElement.Parse(LogLines.Format(LogLines.Event(level, "x"))).GetProperty("level").GetString().Should().Be(word);
}
