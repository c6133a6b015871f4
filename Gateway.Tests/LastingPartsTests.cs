using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests;

public sealed class LastingPartsTests
{
    [Fact]
    public async Task Dispose_EndsTheMeter()
    {
        var lasting = new LastingParts(new DnsOptions(), NullLoggerFactory.Instance, TimeProvider.System, new GatewayExtensions());
        PartsMetrics.Register(lasting);
        using var readings = new Readings(lasting.Metrics.Meter);
        readings.Of("gateway_draining").Should().NotBeEmpty();
        await lasting.DisposeAsync();
        readings.Of("gateway_draining").Should().BeEmpty();
    }

    [Fact]
    public async Task BeforeThereIsAConfiguration_NothingOfItIsShown()
    {
        await using var lasting = new LastingParts(new DnsOptions(), NullLoggerFactory.Instance, TimeProvider.System, new GatewayExtensions());
        PartsMetrics.Register(lasting);
        using var readings = new Readings(lasting.Metrics.Meter);
        readings.Of("gateway_instance_healthy").Should().BeEmpty();
        readings.Of("gateway_rate_limit_decisions_total").Should().BeEmpty();
    }
}
