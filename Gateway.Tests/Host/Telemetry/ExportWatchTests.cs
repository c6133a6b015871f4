using Gateway.Host.Telemetry;
using Gateway.Tests.Kit;
using OpenTelemetry;

namespace Gateway.Tests.Host.Telemetry;

public sealed class ExportWatchTests
{
    [Fact]
    public void ReceiverThatIsAway_IsToldOnce_AndThatItIsBackOnce()
    {
        var log = new LoggedLines();
        var watch = new ExportWatch("Traces", new Uri("http://collector:4317"), log);
        watch.Ended(ExportResult.Success, null);
        watch.Ended(ExportResult.Failure, "Connection refused");
        watch.Ended(ExportResult.Failure, null);
        watch.Ended(ExportResult.Success, null);
        watch.Ended(ExportResult.Success, null);
        watch.Ended(ExportResult.Failure, null);

        log.Should().Equal(
            "Warning: Traces cannot be sent to http://collector:4317/: Connection refused. They are dropped until they can",
            "Information: Traces can be sent to http://collector:4317/ again",
            "Warning: Traces cannot be sent to http://collector:4317/: the receiver does not take them. They are dropped until they can");
    }
}
