using System.Buffers;
using System.Text.Json;
using Gateway.Core.Responses;
using Gateway.Host.Logging;
using Gateway.Tests.Kit;
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

    [Theory]
    [InlineData("quotes \" and \\ backslashes")]
    [InlineData("line\r\nbreaks\tand\0controls\u001f\u007f")]
    [InlineData("Grüße, 世界, 🚀")]
    [InlineData("<b>&'+`</b>")]
    [InlineData("")]
    public void Text_OfAnyKind_ComesBackAsItWas(string text)
    {
        JsonElement line = Serialize(LogLines.Full with { Path = text, UserAgent = text, UserId = text, CorrelationId = text });

        foreach (string field in (string[])["path", "user_agent", "user_id", "correlation_id"])
        {
            line.GetProperty(field).GetString().Should().Be(text);
        }
    }

    [Fact]
    public void Line_IsOneLine_WhateverAClientSends()
    {
        string nasty = string.Concat(Enumerable.Range(0, 0x300).Select(static c => (char)c));
        LogLines.Format(LogLines.Event(LogLines.Full with { Path = nasty, UserAgent = nasty })).TrimEnd('\n').Should().NotContainAny("\n", "\r");
    }

    /// <summary>Every character escaped, every text as long as it may be.</summary>
    [Fact]
    public void LongestEntry_HasRoom()
    {
        string widest = new('\u0001', 2048);
        JsonElement line = Serialize(LogLines.Full with
        {
            CorrelationId = widest,
            Method = widest,
            Path = widest,
            UserId = widest,
            BackendService = widest,
            Error = widest,
            UserAgent = widest,
            ClientIp = widest,
            Route = widest,
            Instance = widest,
            ResponseTimeMs = 9e15,
            UpstreamMs = 9e14,
            BytesIn = long.MaxValue,
            BytesOut = long.MaxValue,
            Attempts = int.MaxValue,
            StatusCode = int.MaxValue,
            Timestamp = DateTimeOffset.MaxValue,
        });
        line.GetProperty("instance").GetString().Should().Be(widest);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.0004, "0")]
    [InlineData(0.0006, "0.001")]
    [InlineData(20, "20")]
    [InlineData(20.05, "20.05")]
    [InlineData(20.5, "20.5")]
    [InlineData(1234.5678, "1234.568")]
    public void UpstreamTime_HasThreeDigitsBehindThePointAtTheMost(double milliseconds, string text) =>
        Serialize(LogLines.Full with { UpstreamMs = milliseconds }).GetProperty("upstream_ms").GetRawText().Should().Be(text);

    [Fact]
    public void Entry_WrittenAgainAndAgain_AllocatesNothing()
    {
        AccessLogEntry entry = LogLines.Full;
        var to = new ArrayBufferWriter<byte>(4096);
        Allocations.Of(() =>
        {
            AccessLogLine.Write(to, entry);
            to.ResetWrittenCount();
        }).Should().Be(0);
    }

    private static JsonElement Serialize(AccessLogEntry entry) => JsonElement.Parse(LogLines.Format(LogLines.Event(entry)));
}
