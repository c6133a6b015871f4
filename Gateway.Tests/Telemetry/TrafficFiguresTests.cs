using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Telemetry;

[Collection(nameof(MeasuredAlone))]
public sealed class TrafficFiguresTests
{
    private readonly TrafficFigures _figures = new();

    [Theory]
    [InlineData(200, 0, 0)]
    [InlineData(399, 0, 0)]
    [InlineData(400, 1, 0)]
    [InlineData(499, 1, 0)]
    [InlineData(500, 0, 1)]
    [InlineData(599, 0, 1)]
    public void Answer_CountsByItsStatus(int status, long clientErrors, long serverErrors)
    {
        _figures.Answered(status, 1);
        (_figures.Finished.Value, _figures.ClientErrors.Value, _figures.ServerErrors.Value).Should().Be((1, clientErrors, serverErrors));
        _figures.Durations[LatencyHistogram.BucketOf(1000)].Should().Be(1);
    }

    [Fact]
    public void AttemptWithoutATime_CountsAsFinishedAlone()
    {
        _figures.Attempted(hasFailed: true, null);
        _figures.Attempted(hasFailed: false, 1);
        (_figures.Finished.Value, _figures.ServerErrors.Value).Should().Be((2, 1));
        Enumerable.Range(0, LatencyHistogram.Buckets).Sum(bucket => _figures.Durations[bucket]).Should().Be(1);
    }

    [Fact]
    public void AttemptThatBrokeOffAfterItsHeaders_IsOneThatFailed()
    {
        _figures.Attempted(hasFailed: false, 1);
        _figures.BrokeOff();
        (_figures.Finished.Value, _figures.ServerErrors.Value).Should().Be((1, 1));
        Enumerable.Range(0, LatencyHistogram.Buckets).Sum(bucket => _figures.Durations[bucket]).Should().Be(1);
    }

    [Fact]
    public void Counting_AllocatesNothing() => Allocations.Of(() =>
    {
        _figures.Answered(500, 3.5);
        _figures.Attempted(hasFailed: true, 3.5);
        _figures.BrokeOff();
    }).Should().Be(0);
}
