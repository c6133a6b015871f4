using System.Text.Json.Nodes;
using Gateway.Tests.Kit;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests.Host.Admin.Dashboard;

/// <summary>500 routes, 200 instances, 200 errors.</summary>
[Collection(nameof(Chromium))]
public sealed class DashboardSizeTests(Chromium chromium) : IAsyncLifetime
{
    /// <summary>Milliseconds of one update, its layout included. The aim is 50; a machine that builds and tests beside it gets five times that.</summary>
    private const double MaxUpdate = 250;

    private const int MaxNodes = 12_000;

    private DashboardServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await DashboardServer.StartAsync();
        (_server.Snapshot, _server.Routes) = (DashboardData.Large(20, 10, 500, 0), DashboardData.ManyRoutes(500));
        _server.Errors = new JsonArray([.. Enumerable.Range(0, 200).Select(static number => DashboardData.Error(200 - number))]);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [TheoryNeeds(Chromium.Program)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Update_IsCheap_AndThePageStaysSmall(bool everythingOpen)
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#error-table tbody tr"]).ToHaveCountAsync(200);
        await Expect(view["#routes-count"]).ToHaveTextAsync("500");
        if (everythingOpen)
        {
            await view["#service-filter"].FillAsync("service");
            await view.Button("Show all 500").ClickAsync();
            await Expect(view["#service-table tbody tr"]).ToHaveCountAsync(220);
            await Expect(view["#route-table tbody tr"]).ToHaveCountAsync(500);
            await view.Page.EvaluateAsync("() => document.activeElement.blur()");
        }

        // An update and the layout that follows from it, nine times; the middle one counts.
        string[] snapshots = [.. Enumerable.Range(1, 9).Select(static seed => DashboardData.Large(20, 10, 500, seed).ToJsonString())];
        double[] times = await view.Page.EvaluateAsync<double[]>("""
            async snapshots => {
              const { showSnapshot } = await import('/page.js');
              const times = [];
              for (const snapshot of snapshots.map(JSON.parse)) {
                await new Promise(requestAnimationFrame);
                const start = performance.now();
                showSnapshot(snapshot);
                document.body.getBoundingClientRect();
                times.push(performance.now() - start);
              }
              return times;
            }
            """, snapshots);
        int nodes = await view.Page.EvaluateAsync<int>("document.querySelectorAll('*').length");
        Console.WriteLine($"[dashboard] update {times.Order().ElementAt(times.Length / 2):f1} ms in the middle, {times.Max():f1} at most; {nodes} elements");
        times.Order().ElementAt(times.Length / 2).Should().BeLessThan(MaxUpdate);
        nodes.Should().BeLessThan(everythingOpen ? MaxNodes + 8_000 : MaxNodes);
        view.Complaints.Should().BeEmpty();
    }

    /// <summary>Rows out of view are written every fifth time: a row that is read without being seen is never older than that.</summary>
    [FactNeeds(Chromium.Program)]
    public async Task RowOutOfView_IsNotLeftBehind()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await view["#service-filter"].FillAsync("service");
        await Expect(view["#service-table tbody tr"]).ToHaveCountAsync(220);
        await Expect(view.Button("http://10.0.19.9:8000")).Not.ToBeInViewportAsync();
        _server.Send(static snapshot => DashboardData.Instances(snapshot, 19)[9]!["rps"] = 4321.0);
        for (int more = 0; more < 4; more++)
        {
            _server.Send();
        }

        await Expect(view.Row("#service-table", "http://10.0.19.9:8000")).ToContainTextAsync("4,321.0");
        await Expect(view.Button("http://10.0.19.9:8000")).Not.ToBeInViewportAsync();
    }

    [FactNeeds(Chromium.Program)]
    public async Task Filter_FindsWhatIsNotShownYet()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#route-table tbody tr"]).ToHaveCountAsync(60);
        await view["#route-filter"].FillAsync("route-499");
        await Expect(view["#route-table tbody tr"]).ToHaveCountAsync(1);
        await Expect(view["#routes-count"]).ToHaveTextAsync("1 of 500");
        await view["#service-filter"].FillAsync("10.0.19.9");
        await Expect(view["#service-table tbody tr"]).ToHaveCountAsync(2);
    }

    [FactNeeds(Chromium.Program)]
    public async Task ServicesThatNeedALook_AreOpenAtFirst()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#service-table [aria-expanded=true]"]).ToContainTextAsync(["service-00", "service-04", "service-08", "service-12", "service-16"]);
        await Expect(view["#services-count"]).ToHaveTextAsync("20 services, 200 instances, 5 not ok");
    }
}
