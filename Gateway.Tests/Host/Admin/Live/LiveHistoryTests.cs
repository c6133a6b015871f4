using Gateway.Host.Admin.Live;

namespace Gateway.Tests.Host.Admin.Live;

public sealed class LiveHistoryTests
{
    [Fact]
    public void Point_HasTheTimeFirst_AndNothingWhereThereIsNothingToTell() =>
        LiveHistory.PointOf(LiveSnapshotTests.Empty(DateTimeOffset.UnixEpoch.AddSeconds(5))).Should().Equal(5, 0, null, null, null, null, 0, 0, 0, 0);
}
