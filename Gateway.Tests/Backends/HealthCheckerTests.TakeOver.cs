using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

/// <content>Another configuration comes.</content>
public sealed partial class HealthCheckerTests
{
    [Fact]
    public async Task InstanceThatALaterConfigurationHasToo_IsAskedAtItsOwnTime_AndByNobodyElse()
    {
        BackendService before = await StartAsync(1, 1);
        HealthChecker earlier = _checker!;
        await CheckAsync(before);
        int asked = _instances.Asked.Count;
        var after = new BackendService(
            "service", 0, before.Options with { Instances = [before.Options.Instances[1], new InstanceOptions { Url = "http://10.0.0.9" }] }, _clock, predecessor: before);
        after.PutInForce();

        _checker = new HealthChecker(after, new HttpMessageInvoker(_instances), _clock);
        _checker.TakeOver(earlier);
        await earlier.DisposeAsync();
        _checker.Start();

        (await Eventually.BecomesAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(_instances.Asked.Count);
        }, count => count >= asked + 4)).Should().BeGreaterThanOrEqualTo(asked + 4);
        _instances.Asked.Skip(asked).Should().NotContain(static one => one.Uri.StartsWith("http://10.0.0.1/", StringComparison.Ordinal));
        after.Instances.Should().OnlyContain(static instance => instance.Health.LastCheck != null);
    }

    [Fact]
    public async Task OtherRules_AreAppliedByOtherChecks()
    {
        BackendService before = await StartAsync(1);
        HealthChecker earlier = _checker!;
        var after = new BackendService(
            "service", 0, before.Options with { HealthCheck = Options with { Path = "/other" } }, _clock, predecessor: before);
        after.PutInForce();

        _checker = new HealthChecker(after, new HttpMessageInvoker(_instances), _clock);
        _checker.TakeOver(earlier);
        await earlier.DisposeAsync();
        _checker.Start();

        await _clock.NextDelayAsync();
        _clock.Advance(Options.Interval);
        await _instances.NextAsked();
        _instances.Asked.Should().OnlyContain(static one => one.Uri == "http://10.0.0.1/other");
    }
}
