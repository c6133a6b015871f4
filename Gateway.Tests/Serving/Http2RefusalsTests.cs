using System.Net;
using Gateway.Core.Serving;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Serving;

/// <summary>What of the server's own log is a refusal. That Kestrel writes it so is proved in Wire.</summary>
public sealed class Http2RefusalsTests
{
    private readonly List<(int Status, string? Client)> _refused = [];
    private readonly Http2Refusals _refusals;

    public Http2RefusalsTests() => _refusals = new Http2Refusals(request => _refused.Add((
        ((BadHttpRequestException)request.GetRequiredFeature<IBadRequestExceptionFeature>().Error!).StatusCode,
        request.GetRequiredFeature<IHttpConnectionFeature>().RemoteIpAddress?.ToString())));

    [Theory]
    [InlineData("Http2ConnectionError", "HTTP/2 connection error (PROTOCOL_ERROR): anything", 400)]
    [InlineData("Http2ConnectionError", "HTTP/2 connection error (PROTOCOL_ERROR): Request headers too long.", 431)]
    [InlineData("HPackDecodingError", "anything", 400)]
    [InlineData("Http2StreamError", "Request headers missing one or more mandatory pseudo-header fields.", 400)]
    public async Task ErrorBeforeARequest_IsARefusalOfTheConnectionsClient(string happened, string message, int status)
    {
        var connection = new DefaultConnectionContext("c1") { RemoteEndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 1) };

        await _refusals.Use(_ =>
        {
            Log(happened, message, ("ConnectionId", "c1"));
            return Task.CompletedTask;
        })(connection);

        _refused.Should().Equal((status, "192.0.2.7"));
    }

    [Theory]
    [InlineData("PROTOCOL_ERROR", 1)]
    [InlineData("INTERNAL_ERROR", 0)]
    [InlineData("CANCEL", 0)]
    public void Reset_IsARefusalForTheClientsFaultAlone(string error, int refusals)
    {
        Log("Http2StreamResetAbort", "why", ("TraceIdentifier", "c1:00000001"), ("error", error));

        _refused.Should().HaveCount(refusals);
    }

    [Theory]
    [InlineData("Http2StreamError", "Less data received than specified in the Content-Length header.")]
    [InlineData("Http2ConnectionClosed", "")]
    public void WhatEndsARequestOrNothing_IsNone(string happened, string message)
    {
        Log(happened, message, ("ConnectionId", "c1"));

        _refused.Should().BeEmpty();
    }

    [Fact]
    public void ConnectionThatIsGone_IsNobodys()
    {
        Log("HPackDecodingError", "anything", ("ConnectionId", "gone"));

        _refused.Should().Equal((400, null));
    }

    [Fact]
    public void OtherCategories_AreNotListenedTo()
    {
        using ILoggerFactory loggers = _refusals.Listening(NullLoggerFactory.Instance);

        loggers.CreateLogger("Microsoft.AspNetCore.Server.Kestrel").IsEnabled(LogLevel.Debug).Should().BeFalse();
        loggers.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Http2").IsEnabled(LogLevel.Trace).Should().BeFalse("frames are many");
    }

    private void Log(string happened, string message, params (string Name, string Value)[] state)
    {
        using ILoggerFactory loggers = _refusals.Listening(NullLoggerFactory.Instance);
        KeyValuePair<string, object?>[] values = [.. state.Select(static one => KeyValuePair.Create(one.Name, (object?)one.Value))];
        loggers.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Http2")
            .Log(LogLevel.Debug, new EventId(1, happened), values, new IOException(message), static (_, _) => "");
    }
}
