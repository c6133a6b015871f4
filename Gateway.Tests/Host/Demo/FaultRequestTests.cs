using Gateway.Host.Demo;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Tests.Host.Demo;

public sealed class FaultRequestTests
{
    [Theory]
    [InlineData("down=1ms", 1)]
    [InlineData("down=8s", 8_000)]
    [InlineData("down=1.5s", 1_500)]
    [InlineData("down=60m", 3_600_000)]
    public void Time_IsReadWithItsUnit(string query, double milliseconds) =>
        Parse(query).Should().Be(new FaultRequest { Down = TimeSpan.FromMilliseconds(milliseconds) });

    [Theory]
    [InlineData("errors=0%", 0)]
    [InlineData("errors=50%", 50)]
    [InlineData("errors=12.5", 12.5)]
    [InlineData("errors=100%", 100)]
    public void Share_IsReadInPercent(string query, double percent) =>
        Parse(query).Should().Be(new FaultRequest { ErrorPercent = percent });

    [Fact]
    public void SeveralKnobs_AreReadTogether() => Parse("clear&latency=200ms&errors=5%&for=2m").Should().Be(new FaultRequest
    {
        Clear = true,
        Latency = TimeSpan.FromMilliseconds(200),
        ErrorPercent = 5,
        For = TimeSpan.FromMinutes(2),
    });

    [Theory]
    [InlineData("", "Say what shall happen")]
    [InlineData("down=", "'down=' is not a time")]
    [InlineData("down=8", "'down=8' is not a time")]
    [InlineData("down=0s", "'down=0s' is not a time")]
    [InlineData("down=-1s", "'down=-1s' is not a time")]
    [InlineData("down=61m", "'down=61m' is not a time")]
    [InlineData("down=NaNs", "'down=NaNs' is not a time")]
    [InlineData("down=1s&down=2s", "'down=1s,2s' is not a time")]
    [InlineData("latency=fast", "'latency=fast' is not a time")]
    [InlineData("errors=101%", "'errors=101%' is not a share")]
    [InlineData("errors=-1%", "'errors=-1%' is not a share")]
    [InlineData("errors=half", "'errors=half' is not a share")]
    [InlineData("for=10s", "'for' ends latency or errors")]
    [InlineData("down=8s&for=10s", "'for' ends latency or errors")]
    [InlineData("clear=yes", "'clear' takes no value")]
    [InlineData("lag=1s", "There is no knob 'lag'")]
    public void BadValue_IsRefusedWithASentence(string query, string problem)
    {
        FaultRequest.Parse(QueryHelpers.ParseQuery(query), out string? said).Should().BeNull();
        said.Should().StartWith(problem).And.EndWith(".");
    }

    private static FaultRequest? Parse(string query)
    {
        FaultRequest? request = FaultRequest.Parse(QueryHelpers.ParseQuery(query), out string? problem);
        problem.Should().BeNull();
        return request;
    }
}
