using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Telemetry;

public sealed class HeldCounterTests
{
    [Fact]
    public void Value_BeginsAtZeroAndCountsUp()
    {
        var counter = new HeldCounter();
        counter.Value.Should().Be(0);
        counter.Increment();
        counter.Value.Should().Be(1);
    }

    [Fact]
    public async Task Value_IsExactOnSeveralThreads()
    {
        var counter = new HeldCounter();

        await Given.OnThreads(4, _ =>
        {
            for (int i = 0; i < 50_000; i++)
            {
                counter.Increment();
            }
        });

        counter.Value.Should().Be(200_000);
    }
}
