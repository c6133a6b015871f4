using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests;

public sealed class InstanceMetricsTests
{
    [Fact]
    public void ThoseInForce_AreShown_AndNoOthers()
    {
        using var metrics = new GatewayMetrics();
        using var instances = new InstanceMetrics(metrics);
        using var readings = new Readings(metrics.Meter);
        instances.Show([Service(1, 2)]);
        readings.Of("gateway_instance_healthy").Should().Equal(("service=service instance=10.0.0.1:80", 1), ("service=service instance=10.0.0.2:80", 1));
        instances.Show([Service(2, 3)]);
        readings.Of("gateway_circuit_state").Should().Equal(("service=service instance=10.0.0.2:80", 0), ("service=service instance=10.0.0.3:80", 0));
        instances.Show([]);
        readings.Of("gateway_instance_limit").Should().BeEmpty();
    }

    /// <summary>Three thousand pods, one after the other: an exporter had places for two thousand, and then showed none of them.</summary>
    [Fact]
    public void Meter_IsReplaced_BeforeItHasShownMoreInstancesThanExportersKeep()
    {
        using var metrics = new GatewayMetrics();
        using var instances = new InstanceMetrics(metrics);
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        int made = 0, ended = 0;
        listener.InstrumentPublished = (instrument, all) =>
        {
            if (instrument.Meter.Scope == metrics.Meter && instrument.Name == "gateway_instance_healthy")
            {
                made++;
                all.EnableMeasurementEvents(instrument);
            }
        };
        listener.MeasurementsCompleted = (_, _) => ended++;
        listener.Start();
        for (int i = 0; i < 3 * InstanceMetrics.MostOfAMeter; i++)
        {
            instances.Show([Service(i)]);
        }

        (made, ended).Should().Be((3, 2));
    }

    private static BackendService Service(params int[] numbers) => Given.Service(new ServiceOptions
    {
        Instances = [.. numbers.Select(static number => new InstanceOptions { Url = $"http://10.0.{number / 256}.{number % 256}:80" })],
    });
}
