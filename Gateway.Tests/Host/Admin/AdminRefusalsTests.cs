using Gateway.Host.Admin;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Admin;

public sealed class AdminRefusalsTests
{
    private readonly LoggedLines _log = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly AdminRefusals _refusals;

    public AdminRefusalsTests() => _refusals = new AdminRefusals(_log, _clock);

    [Fact]
    public void Refusal_IsToldAtOnce_WithWhoAskedAndWhy()
    {
        _refusals.Tell(AdminProblem.Of(401, "Changes need the admin token."), "192.0.2.7");
        _log.Should().Equal("Warning: The admin port refused a request with 401, asked from 192.0.2.7: Changes need the admin token. (refused since the last such line: 0 more)");
    }

    [Fact]
    public void FloodOfThem_IsOneLineASecond_AndNoneIsUncounted()
    {
        for (int second = 0; second < 3; second++)
        {
            for (int i = 0; i < 1_000; i++)
            {
                _refusals.Tell(AdminProblem.Of(403, "No."), null);
            }

            _clock.Advance(AdminRefusals.Interval - TimeSpan.FromTicks(1));
            _refusals.Tell(AdminProblem.Of(403, "No."), null);
            _clock.Advance(TimeSpan.FromTicks(1));
        }

        _log.Should().HaveCount(3);
        _log.First().Should().Contain(" 0 more");
        _log.Skip(1).Should().OnlyContain(static line => line.Contains(" 1000 more"));
    }
}
