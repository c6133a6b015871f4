using Gateway.Host.Demo;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Demo;

public sealed class DemoSessionsTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly DemoSessions _sessions;

    public DemoSessionsTests() => _sessions = new DemoSessions(_clock);

    [Fact]
    public void ReadyToken_IsValidFromTheStartAndStaysSo()
    {
        _clock.Advance(TimeSpan.FromDays(30));
        _sessions.Find("demo-alice").Should().Be(new DemoSession(DemoUsers.Alice, ExpiresAt: null));
        _sessions.Find("demo-bob-gold")!.User.Tier.Should().Be("gold");
        _sessions.Find("demo-admin")!.User.Roles.Should().Contain("admin");
    }

    [Fact]
    public void ExpiredToken_IsNeverValid() => _sessions.Find(DemoUsers.ExpiredToken).Should().BeNull();

    [Fact]
    public void IssuedToken_EndsAfterItsLifetime()
    {
        string token = _sessions.Issue(DemoUsers.Alice).Token;
        _clock.Advance(DemoSessions.Lifetime - TimeSpan.FromTicks(1));
        _sessions.Find(token)!.User.Should().Be(DemoUsers.Alice);
        _clock.Advance(TimeSpan.FromTicks(1));
        _sessions.Find(token).Should().BeNull();
    }

    [Fact]
    public void RevokedToken_IsUnknown()
    {
        string token = _sessions.Issue(DemoUsers.Alice).Token;
        _sessions.Revoke(token).Should().BeTrue();
        _sessions.Find(token).Should().BeNull();
        _sessions.Revoke(token).Should().BeFalse();
    }

    [Fact]
    public void OneTokenTooMany_ForgetsTheOldest()
    {
        string first = _sessions.Issue(DemoUsers.Alice).Token;
        string second = _sessions.Issue(DemoUsers.Alice).Token;
        for (int i = 0; i < DemoLimits.Sessions - 1; i++)
        {
            _sessions.Issue(DemoUsers.Bob);
        }

        _sessions.Find(first).Should().BeNull();
        _sessions.Find(second).Should().NotBeNull();
        _sessions.Find("demo-alice").Should().NotBeNull("ready-made tokens do not age");
    }
}
