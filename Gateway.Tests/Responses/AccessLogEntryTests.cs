using Gateway.Core.Responses;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Responses;

public sealed class AccessLogEntryTests
{
    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "0af7651916cd43dd8448eb211c80319c")]
    [InlineData("", "")]
    public void TraceId_IsThatOfTheTraceparent(string traceParent, string id) => new AccessLogEntry
    {
        Timestamp = DateTimeOffset.UnixEpoch,
        Level = LogLevel.Information,
        CorrelationId = "c",
        Method = "GET",
        Path = "/",
        ResponseTimeMs = 0,
        StatusCode = 200,
        ClientIp = "192.0.2.1",
        TraceParent = traceParent,
    }.TraceId.ToString().Should().Be(id);

    [Fact]
    public void EntryOfNothing_HasNoTrace() => default(AccessLogEntry).TraceId.IsEmpty.Should().BeTrue();
}
