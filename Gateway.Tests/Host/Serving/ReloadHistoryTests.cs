using System.Diagnostics.Metrics;
using Gateway.Host.Serving;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Serving;

public sealed class ReloadHistoryTests : IDisposable
{
    private static readonly string[] Problems = ["a.json:1:2: wrong"];

    private readonly Meter _meter = new("Gateway");
    private readonly FakeTimeProvider _clock = new();

    public void Dispose() => _meter.Dispose();

    [Fact]
    public void Generation_CountsConfigurationsInForce_AndARefusedOneChangesNothingElse()
    {
        using var readings = new Readings(_meter);
        var history = new ReloadHistory(_meter, _clock);
        DateTimeOffset start = _clock.GetUtcNow();
        history.Status.Should().Be(new ReloadStatus(1, start, null, history.Status.Problems));

        _clock.Advance(TimeSpan.FromSeconds(1));
        history.Failed(Problems);
        history.Status.Should().Be(new ReloadStatus(1, start, start.AddSeconds(1), Problems));
        readings.Of("gateway_config_last_reload_successful").Should().Equal(("", 0));

        _clock.Advance(TimeSpan.FromSeconds(1));
        history.Succeeded();
        (history.Status.Generation, history.Status.LoadedAt, history.Status.Problems.Count).Should().Be((2, start.AddSeconds(2), 0));
        readings.Of("gateway_config_last_reload_successful").Should().Equal(("", 1));
        readings.Of("gateway_config_generation").Should().Equal(("", 2));
        readings.Of("gateway_config_reloads_total").Should().BeEquivalentTo([("result=failure", 1.0), ("result=success", 1.0)]);
    }
}
