using System.Text.Json;
using Gateway.Core.Responses;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Host.Logging;

public sealed class AccessLogLineTests
{
    [Fact]
    public void AllFields_StandInTheSpecsOrderThenOurs() =>
        Serialize(LogLines.Full).EnumerateObject().Select(static field => field.Name).Should().Equal(
            "timestamp", "level", "correlation_id", "method", "path", "user_id", "backend_service", "response_time_ms", "status_code",
            "error", "user_agent", "client_ip",
            "response_time_us", "route", "instance", "attempts", "upstream_ms", "bytes_in", "bytes_out", "trace_id");

    [Fact]
    public void Fields_HaveTheSpecsTypesAndTheEntrysValues()
    {
        JsonElement line = Serialize(LogLines.Full);

        line.GetProperty("timestamp").GetDateTimeOffset().Should().Be(LogLines.Full.Timestamp);
        line.GetProperty("level").GetString().Should().Be("warning");
        line.GetProperty("correlation_id").GetString().Should().Be("id-1");
        line.GetProperty("method").GetString().Should().Be("GET");
        line.GetProperty("path").GetString().Should().Be("/a");
        line.GetProperty("user_id").GetString().Should().Be("alice");
        line.GetProperty("backend_service").GetString().Should().Be("svc");
        line.GetProperty("response_time_ms").GetInt64().Should().Be(13);
        line.GetProperty("status_code").GetInt32().Should().Be(502);
        line.GetProperty("error").GetString().Should().Be("upstream_reset");
        line.GetProperty("user_agent").GetString().Should().Be("curl/8");
        line.GetProperty("client_ip").GetString().Should().Be("192.0.2.1");
        line.GetProperty("response_time_us").GetInt64().Should().Be(12_546);
        line.GetProperty("route").GetString().Should().Be("all");
        line.GetProperty("instance").GetString().Should().Be("10.0.0.1:80");
        line.GetProperty("attempts").GetInt32().Should().Be(1);
        line.GetProperty("upstream_ms").GetDouble().Should().Be(11.235);
        line.GetProperty("bytes_in").GetInt64().Should().Be(5);
        line.GetProperty("bytes_out").GetInt64().Should().Be(7);
        line.GetProperty("trace_id").GetString().Should().Be("0af7651916cd43dd8448eb211c80319c");
    }

    [Fact]
    public void AbsentUserAndError_AreOmittedWhileServiceAndUserAgentAreEmpty()
    {
        JsonElement line = Serialize(LogLines.Least);

        line.EnumerateObject().Select(static field => field.Name).Should().Equal(
            "timestamp", "level", "correlation_id", "method", "path", "backend_service", "response_time_ms", "status_code", "user_agent",
            "client_ip", "response_time_us", "attempts", "bytes_in", "bytes_out", "trace_id");
        line.GetProperty("backend_service").GetString().Should().BeEmpty();
        line.GetProperty("user_agent").GetString().Should().BeEmpty();
    }

    [Theory]
    [InlineData(LogLevel.Information, "info")]
    [InlineData(LogLevel.Warning, "warning")]
    [InlineData(LogLevel.Error, "error")]
    public void Level_IsALowerCaseWord(LogLevel level, string word) =>
        Serialize(LogLines.Least with { Level = level }).GetProperty("level").GetString().Should().Be(word);

    private static JsonElement Serialize(AccessLogEntry entry) => JsonElement.Parse(LogLines.Format(LogLines.Event(entry)));
}
