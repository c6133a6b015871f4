using Gateway.Core.Authentication;
using Gateway.Core.Context;

namespace Gateway.Tests.Authentication;

public sealed class SharedEntryTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void User_IsTheSameAgain(bool expires)
    {
        var user = new UserContext("u", "e", ["r"], ["s"], expires ? "gold" : null, expires ? Noon : null);
        SharedEntry entry = SharedEntry.Of(user, Noon, TimeSpan.FromSeconds(90), new LogPosition("log", 3, 7));
        entry.ToUser().Should().BeEquivalentTo(user);
        (entry.LifeMs, entry.Log, entry.Sequence, entry.AnsweredAt).Should().Be((90_000, "log", 7, Noon.ToUnixTimeMilliseconds()));
    }
}
