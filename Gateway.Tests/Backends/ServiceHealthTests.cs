using Gateway.Core.Backends;

namespace Gateway.Tests.Backends;

public sealed class ServiceHealthTests
{
    private static readonly HealthCheckOptions Options = new() { Rise = 2, Fall = 3 };

    private readonly ServiceHealth _health = new();

    [Fact]
    public void BeforeTheFirstCheck_AnInstanceIsHealthy()
    {
        _health.Status.Should().Be(HealthStatus.Healthy);
        _health.LastCheck.Should().BeNull();
        _health.LastFailure.Should().BeNull();
    }

    [Fact]
    public void FallFailuresInARow_MakeItUnhealthy_AndRisePassesHealthyAgain()
    {
        Record("ffpff").Should().Be(".....");
        Record("f").Should().Be("U");
        Record("pfp").Should().Be("...");
        Record("p").Should().Be("H");
        Record("ff").Should().Be("..");
        _health.Status.Should().Be(HealthStatus.Healthy);
    }

    [Fact]
    public void LastCheck_AndWhatItMet_AreKept()
    {
        DateTimeOffset at = new(2025, 9, 29, 12, 0, 0, TimeSpan.Zero);
        _health.Record("connection refused", at, Options);
        (_health.LastCheck, _health.LastFailure).Should().Be((at, "connection refused"));

        _health.Record(null, at.AddSeconds(10), Options);
        (_health.LastCheck, _health.LastFailure).Should().Be((at.AddSeconds(10), null));
    }

    [Fact]
    public void FailureThatDoesNotMakeItUnhealthy_IsRecoveredFrom()
    {
        Record("p").Should().Be(".");
        _health.IsInDoubt.Should().BeFalse();
        Record("f").Should().Be(".");
        (_health.IsInDoubt, _health.Status).Should().Be((true, HealthStatus.Healthy));
        Record("ppp").Should().Be(".H.");
        _health.IsInDoubt.Should().BeFalse();
    }

    /// <summary>Takes in passed (p) and failed (f) checks; tells for each whether it changed nothing (.), failed (U) or recovered (H).</summary>
    private string Record(string checks) => string.Concat(checks.Select(check =>
        _health.Record(check == 'p' ? null : "503", DateTimeOffset.UnixEpoch, Options) switch
        {
            HealthChange.Failed => 'U',
            HealthChange.Recovered => 'H',
            _ => '.',
        }));
}
