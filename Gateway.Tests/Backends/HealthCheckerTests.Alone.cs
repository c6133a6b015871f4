using Gateway.Core.Backends;
using Gateway.Core.Testing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

/// <content>Used without a gateway.</content>
public sealed partial class HealthCheckerTests
{
    private static readonly HealthCheckOptions Quick = new() { Path = "/ready", Interval = TimeSpan.FromMilliseconds(100), FastInterval = TimeSpan.FromMilliseconds(100), Rise = 1, Fall = 1 };

    [Fact]
    public async Task Alone_ItTellsWhoIsWell_AndOfEachChange()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        service.AnswerWith(503);
        var changes = new System.Collections.Concurrent.ConcurrentQueue<InstanceChange>();
        await using var checker = new HealthChecker("orders", service.Options with { HealthCheck = Quick }, changes.Enqueue);
        checker.Instances[0].IsHealthy.Should().BeTrue("nobody has looked");
        checker.Start();

        await RealTime.UntilAsync(() => !checker.Instances[0].IsHealthy, TimeSpan.FromSeconds(20));
        service.AnswerWith(200);
        await RealTime.UntilAsync(() => changes.Count >= 2, TimeSpan.FromSeconds(20));

        checker.Instances[0].IsHealthy.Should().BeTrue();
        changes.Select(static change => $"{change.Service} {change.Happened}").Should().Equal("orders Unhealthy", "orders Healthy");
        service.Received[0].Target.Should().Be("/ready");
    }

    [Fact]
    public void Alone_ItNeedsChecksAndValidOptions() =>
        FluentActions.Invoking(() => new HealthChecker("orders", new ServiceOptions())).Should().Throw<ArgumentException>()
            .WithMessage("*orders:Instances: a service has 1 to*orders:HealthCheck: is missing*");

    [Fact]
    public async Task ListenerThatThrows_EndsNoChecks()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        service.AnswerWith(503);
        await using var checker = new HealthChecker("orders", service.Options with { HealthCheck = Quick }, static _ => throw new InvalidOperationException("defect"));
        checker.Start();

        await RealTime.UntilAsync(() => !checker.Instances[0].IsHealthy, TimeSpan.FromSeconds(20));
        service.AnswerWith(200);
        await RealTime.UntilAsync(() => checker.Instances[0].IsHealthy, TimeSpan.FromSeconds(20));

        await checker.DisposeAsync();
        checker.Instances[0].IsHealthy.Should().BeTrue();
    }
}
