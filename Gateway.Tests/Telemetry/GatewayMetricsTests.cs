using System.Diagnostics.Metrics;
using Gateway.Core.Errors;
using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Telemetry;

public sealed class GatewayMetricsTests : IDisposable
{
    private readonly GatewayMetrics _metrics = new();
    private readonly Readings _readings;

    public GatewayMetricsTests() => _readings = new Readings(_metrics.Meter);

    public void Dispose()
    {
        _readings.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public void FinishedRequest_IsCountedByRouteMethodStatusAndService()
    {
        _metrics.RequestFinished("carts", "cart", "GET", 200, GatewayError.None, 0.1, 50);
        _metrics.RequestFinished("carts", "cart", "GET", 200, GatewayError.None, 0.1, 50);

        _readings.Of("gateway_requests_total").Should().Equal(("route=carts method=GET status=200 service=cart", 2));
        _readings.Of("gateway_errors_total").Should().BeEmpty();
    }

    [Fact]
    public void RouteThatAsksTwoServices_IsCountedByEach()
    {
        _metrics.RequestFinished("products", "product", "GET", 200, GatewayError.None, 0.1, 50);
        _metrics.RequestFinished("products", "canary", "GET", 502, GatewayError.UpstreamReset, 0.1, 20);

        _readings.Of("gateway_requests_total").Should().Equal(
            ("route=products method=GET status=200 service=product", 1), ("route=products method=GET status=502 service=canary", 1));
        _readings.Of("gateway_errors_total").Should().Equal(("reason=upstream_reset service=canary", 1));
        _readings.Of("gateway_upstream_duration_seconds").Should().Equal(("service=canary", 0.02), ("service=product", 0.05));
    }

    [Fact]
    public void Error_IsCountedByReasonAndService()
    {
        _metrics.RequestFinished("products", "product", "GET", 504, GatewayError.UpstreamTimeout, 1, 1_000);

        _readings.Of("gateway_errors_total").Should().Equal(("reason=upstream_timeout service=product", 1));
        _readings.Of("gateway_requests_total").Should().ContainSingle();
    }

    [Fact]
    public void Copy_IsCountedByRouteAndOutcome_AndIsNoRequest()
    {
        _metrics.MirrorEnded("products", "success");

        _readings.Of("gateway_mirrored_requests_total").Should().Equal(("route=products outcome=success", 1));
        _readings.Of("gateway_requests_total").Should().BeEmpty();
    }

    [Fact]
    public void RequestWithoutARoute_IsCountedUnderNone()
    {
        _metrics.RequestFinished(null, null, "GET", 404, GatewayError.NoRoute, 0.001, -1);

        _readings.Of("gateway_requests_total").Should().Equal(("route=none method=GET status=404 service=none", 1));
        _readings.Of("gateway_errors_total").Should().Equal(("reason=no_route service=none", 1));
        _readings.Of("gateway_request_duration_seconds").Should().Equal(("route=none", 0.001));
    }

    [Theory]
    [InlineData("PROPFIND")]
    [InlineData("get")]
    [InlineData("")]
    public void MethodOutsideTheClosedList_IsOther(string method)
    {
        _metrics.RequestFinished("products", "product", method, 200, GatewayError.None, 1, 1);

        _readings.Of("gateway_requests_total").Single().Labels.Should().Contain("method=other");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("CONNECT")]
    [InlineData("TRACE")]
    public void MethodOfTheClosedList_IsItself(string method)
    {
        _metrics.RequestFinished("products", "product", method, 200, GatewayError.None, 1, 1);

        _readings.Of("gateway_requests_total").Single().Labels.Should().Contain($"method={method} ");
    }

    [Fact]
    public void Durations_AreInSeconds()
    {
        _metrics.RequestFinished("products", "product", "GET", 200, GatewayError.None, 1.5, 250);

        _readings.Of("gateway_request_duration_seconds").Should().Equal(("route=products", 1.5));
        _readings.Of("gateway_upstream_duration_seconds").Should().Equal(("service=product", 0.25));
    }

    [Fact]
    public void RequestThatReachedNoService_HasNoUpstreamDuration()
    {
        _metrics.RequestFinished("products", "product", "GET", 401, GatewayError.TokenMissing, 0.001, -1);

        _readings.Of("gateway_upstream_duration_seconds").Should().BeEmpty();
    }

    [Theory]
    [InlineData("gateway_request_duration_seconds")]
    [InlineData("gateway_upstream_duration_seconds")]
    public void Histograms_AdviseTheContractsBuckets(string name)
    {
        Instrument instrument = _readings.Instruments.Single(one => one.Name == name);

        instrument.Unit.Should().Be("s");
        ((Histogram<double>)instrument).Advice!.HistogramBucketBoundaries.Should()
            .Equal(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10);
    }

    [Fact]
    public async Task Counts_AreExactOnSeveralThreads()
    {
        await Given.OnThreads(4, thread =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                _metrics.RequestFinished(thread % 2 == 0 ? "products" : "carts", "product", "GET", 502, GatewayError.UpstreamReset, 1, 1);
            }
        });

        _readings.Of("gateway_requests_total").Should().HaveCount(2).And.OnlyContain(series => series.Value == 20_000);
        _readings.Of("gateway_errors_total").Should().Equal(("reason=upstream_reset service=product", 40_000));
    }

    [Fact]
    public void TwoSetsOfMetrics_ShareNothing()
    {
        using var other = new GatewayMetrics();
        other.RequestFinished("products", "product", "GET", 200, GatewayError.None, 1, 1);

        _readings.Of("gateway_requests_total").Should().BeEmpty();
    }

    [Fact]
    public void CountingAFinishedRequest_AllocatesNothing()
    {
        using var unread = new GatewayMetrics();
        Allocations.Of(() => unread.RequestFinished("products", "product", "GET", 200, GatewayError.None, 0.1, 50)).Should().Be(0);
    }
}
