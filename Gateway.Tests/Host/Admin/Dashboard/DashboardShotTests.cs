using System.Text.Json.Nodes;
using Gateway.Tests.Kit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests.Host.Admin.Dashboard;

/// <summary>Pictures for a person to look at: written as PNG files into the folder that GATEWAY_SCREENSHOTS names, otherwise only taken.</summary>
[Collection(nameof(Chromium))]
public sealed class DashboardShotTests(Chromium chromium) : IAsyncLifetime
{
    private DashboardServer _server = null!;

    public async Task InitializeAsync() => _server = await DashboardServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [TheoryNeeds(Chromium.Program)]
    [InlineData("healthy", 1440, ColorScheme.Dark)]
    [InlineData("healthy", 1440, ColorScheme.Light)]
    [InlineData("healthy", 360, ColorScheme.Dark)]
    [InlineData("degraded", 1440, ColorScheme.Dark)]
    [InlineData("degraded", 1440, ColorScheme.Light)]
    [InlineData("degraded", 360, ColorScheme.Dark)]
    [InlineData("degraded", 360, ColorScheme.Light)]
    [InlineData("draining", 1440, ColorScheme.Dark)]
    [InlineData("draining", 360, ColorScheme.Light)]
    [InlineData("large", 1440, ColorScheme.Dark)]
    [InlineData("large", 1440, ColorScheme.Light)]
    public async Task Page_CanBePictured(string state, int width, ColorScheme colors)
    {
        Set(state);
        await using DashboardView view = await chromium.OpenAsync(_server, width, 900, colors);
        await Expect(view["#error-table tbody tr"]).Not.ToHaveCountAsync(0);
        await Expect(view["#route-table tbody tr"]).Not.ToHaveCountAsync(0);

        // As high as the page, since what is out of view is not drawn.
        await view.Page.SetViewportSizeAsync(width, 10_000);
        int height = await view.Page.EvaluateAsync<int>("Math.ceil(document.querySelector('main').getBoundingClientRect().bottom)");
        await view.Page.SetViewportSizeAsync(width, height);
        string? folder = Environment.GetEnvironmentVariable("GATEWAY_SCREENSHOTS");
        byte[] picture = await view.Page.ScreenshotAsync(new PageScreenshotOptions
        {
            Path = string.IsNullOrEmpty(folder) ? null : Path.Combine(folder, $"{state}-{width}-{colors}.png"),
        });
        picture.Length.Should().BeGreaterThan(10_000, "something is to be seen");
        view.Complaints.Should().BeEmpty();
    }

    private void Set(string state)
    {
        JsonObject snapshot = _server.Snapshot;
        if (state == "large")
        {
            (_server.Snapshot, _server.Routes) = (DashboardData.Large(20, 10, 500, 1), DashboardData.ManyRoutes(500));
        }
        else if (state == "draining")
        {
            (snapshot["drain"], snapshot["not_ready"]) = ("manual", "draining");
        }
        else if (state == "degraded")
        {
            JsonArray instances = DashboardData.Instances(snapshot, 0);
            instances[0] = DashboardData.Instance("http://10.0.0.4:8004", "failing", "3 checks in a row failed: connection refused");
            instances.Add(DashboardData.Instance("http://10.0.0.6:8004", "circuit_open", "5 failures in a row; probes from 03:04:35 on"));
            instances.Add(DashboardData.Instance("http://10.0.0.8:8004", "slow_start", "takes 40 % of its share for 12 s more"));
            DashboardData.Instances(snapshot, 1)[0] = DashboardData.Instance("http://10.0.0.7:8007", "down", "an operator took it down");
            snapshot["config"]!["last_reload"] = JsonNode.Parse("""
                { "at": "2026-01-02T03:00:00Z", "result": "failure", "problems": [ "appsettings.json:41:17: Gateway:Routes:products:Service names \"prodct\", which is no service." ] }
                """);
            (snapshot["now"]!["error_share"], snapshot["now"]!["p99_ms"], snapshot["rate_limit_store"]!["degraded"]) = (0.043, 140.0, true);
        }
    }
}
