using Gateway.Core.Responses;
using Gateway.Tests.Host.Logging;

namespace Gateway.Tests.Responses;

public sealed class AccessLogEntryTests
{
    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "0af7651916cd43dd8448eb211c80319c")]
    [InlineData("", "")]
    public void TraceId_IsThatOfTheTraceparent(string traceParent, string id) =>
        (LogLines.Least with { TraceParent = traceParent }).TraceId.ToString().Should().Be(id);

    [Fact]
    public void EntryOfNothing_HasNoTrace() => default(AccessLogEntry).TraceId.IsEmpty.Should().BeTrue();
}
