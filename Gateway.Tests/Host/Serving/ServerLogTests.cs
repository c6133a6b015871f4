using Gateway.Host.Serving;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Serving;

public sealed class ServerLogTests
{
    [Fact]
    public void EachEvent_HasItsLevelAndSentence()
    {
        var log = new LoggedLines();

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
}
