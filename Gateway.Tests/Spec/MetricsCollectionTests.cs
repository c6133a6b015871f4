using System.Net;
using System.Text.RegularExpressions;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Spec;

/// <summary>The sketch labelled by the request's path, so that anyone could add series, and kept an error rate that only rose.</summary>
public sealed partial class MetricsCollectionTests : IAsyncLifetime
{
    private TestInstance _service = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartEchoAsync();
        _gateway = await TestGateway.StartAsync(TestOptions.For(_service.Url).WithRoute(TestOptions.AnyPath with { Pattern = "/secret-path/{id}" }));
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task Request_IsCountedAndMeasuredByItsRoute()
    {
        await _gateway.GetToTheEndAsync("/secret-path/42");

        string metrics = await _gateway.ScrapeAsync();

        metrics.Should().Contain("# TYPE gateway_requests_total counter").And.Contain("# TYPE gateway_request_duration_seconds histogram")
            .And.Contain("# TYPE gateway_requests_active gauge");
        metrics.Should().MatchRegex("(?m)^gateway_requests_total\\{[^}]*route=\"all\"[^}]*\\} 1( |$)")
            .And.MatchRegex("(?m)^gateway_request_duration_seconds_count\\{[^}]*route=\"all\"[^}]*\\} 1( |$)");
    }

    [Fact]
    public async Task Path_IsNoLabel()
    {
        await _gateway.GetToTheEndAsync("/secret-path/42");
        using HttpResponseMessage unknown = await _gateway.GetAsync("/unknown-path", ("X-Correlation-ID", "unknown")).ShouldBeRefusedAsync(HttpStatusCode.NotFound, "no_route");
        await _gateway.LogLineAsync("unknown");

        (await _gateway.ScrapeAsync()).Should().NotContainAny("secret-path", "unknown-path", "path=");
    }

    [Fact]
    public async Task Errors_AreCountersByReasonNotARate()
    {
        using HttpResponseMessage unknown = await _gateway.GetAsync("/unknown-path", ("X-Correlation-ID", "unknown")).ShouldBeRefusedAsync(HttpStatusCode.NotFound, "no_route");
        await _gateway.LogLineAsync("unknown");

        string metrics = await _gateway.ScrapeAsync();

        metrics.Should().Contain("# TYPE gateway_errors_total counter").And.NotContain("error_rate");
        metrics.Should().MatchRegex("(?m)^gateway_errors_total\\{[^}]*reason=\"no_route\"[^}]*\\} 1( |$)");
    }

    [Fact]
    public async Task ActiveRequests_FallAgain()
    {
        await _gateway.GetToTheEndAsync("/secret-path/42");

        string metrics = await Eventually.BecomesAsync(_gateway.ScrapeAsync, static metrics => None().IsMatch(metrics));
        metrics.Should().MatchRegex(None().ToString());
    }

    [GeneratedRegex("(?m)^gateway_requests_active(\\{\\})? 0( |$)")]
    private static partial Regex None();
}
