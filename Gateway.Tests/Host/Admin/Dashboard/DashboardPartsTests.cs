using System.Text.Json.Nodes;
using Gateway.Tests.Kit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests.Host.Admin.Dashboard;

/// <summary>What each part of the page shows of a snapshot.</summary>
[Collection(nameof(Chromium))]
public sealed class DashboardPartsTests(Chromium chromium) : IAsyncLifetime
{
    private DashboardServer _server = null!;

    public async Task InitializeAsync() => _server = await DashboardServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [FactNeeds(Chromium.Program)]
    public async Task FirstSnapshot_FillsEveryPart()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);

        await Expect(view.Page).ToHaveTitleAsync("gateway-7c9f · Gateway");
        foreach ((string place, string text) in Parts)
        {
            await Expect(view[place]).ToContainTextAsync(text, new LocatorAssertionsToContainTextOptions { UseInnerText = false });
        }

        view.Complaints.Should().BeEmpty();
        view.Elsewhere.Should().BeEmpty();
    }

    private static readonly (string Place, string Text)[] Parts =
    [
        ("#pod", "gateway-7c9f"), ("#facts", "State✓ ready"), ("#facts", "Version1.2.3"), ("#facts", "Up for3 h 15 min"),
        ("#facts", "Configurationgeneration 3, loaded 12 min 4 s ago"), ("#facts", "Last reload✓ done at"),
        ("#attention", "✓ All is well: 2 services, 3 instances"),
        ("#tiles", "Requests1,812/s"), ("#tiles", "built for 10,000/s"), ("#tiles", "0.12%"), ("#tiles", "1.2ms p50✓ target 10"),
        ("#tiles", "9.8ms p99✓ target 100"), ("#tiles", "of 65,536 at most"), ("#tiles", "0.42cores"), ("#tiles", "21 % of 2.0 cores"),
        ("#tiles", "77MiB"), ("#tiles", "15 % of 512 MiB"), ("#tiles", "rate_limited 0.8 · token_missing 0.2"),
        ("#services-count", "2 services, 3 instances, all ok"), ("#service-table", "✓ all 2 ok 0.5 retries/s"), ("#service-table", "RoundRobin, Static"),
        ("#route-table", "shop.example/api/cart"), ("#route-table", "Anonymous · per-ip"), ("#routes-count", "3"),
        ("#limit-store", "counted in Redis, by 3 gateways together"), ("#limit-table", "203.0.… × 41, 198.51.… × 7"),
        ("#limit-table", "store 1.5/s, fallback 18.5/s"),
        ("#auth-facts", "From the cache98.00 %"), ("#auth-facts", "Stale serves0.0/s"), ("#auth-facts", "Calls to the service1.2/s"),
        ("#errors-count", "2 errors, 2 since the start"), ("#error-table", "503 circuit_open"), ("#error-table", "GET /api/products/2"),
        ("#error-table", "products → product → http://10.0.0.4:8004"),
    ];

    [TheoryNeeds(Chromium.Program)]
    [InlineData("ok", "✓ ok")]
    [InlineData("unknown", "? not checked yet")]
    [InlineData("slow_start", "◔ slow start")]
    [InlineData("failing", "✕ failing")]
    [InlineData("ejected", "⊘ ejected")]
    [InlineData("circuit_open", "◯ circuit open")]
    [InlineData("circuit_half_open", "◐ circuit half open")]
    [InlineData("draining", "▽ draining")]
    [InlineData("down", "■ down")]
    [InlineData("a_state_of_later", "? a_state_of_later")]
    public async Task State_IsAWordASymbolAndAReason(string state, string shown)
    {
        DashboardData.Instances(_server.Snapshot, 0)[0] = DashboardData.Instance("http://10.0.0.9:8004", state, "Because the test says so.");
        await using DashboardView view = await chromium.OpenAsync(_server);

        ILocator row = view.Row("#service-table", "http://10.0.0.9:8004");
        await Expect(row.Locator(".chip")).ToHaveTextAsync(shown);
        await Expect(row.Locator(".reason")).ToHaveTextAsync("Because the test says so.");
        bool isFine = state is "ok" or "unknown" or "slow_start";
        await Expect(view["#attention"]).ToContainTextAsync(isFine ? "All is well" : "product: 1 of 2 instances not ok");
        await Expect(view["#services-count"]).ToContainTextAsync(isFine ? "all ok" : "1 not ok");
        view.Complaints.Should().BeEmpty();
    }

    [FactNeeds(Chromium.Program)]
    public async Task Instance_HasItsFigures()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        IReadOnlyList<string> cells = await view.Row("#service-table", "http://10.0.0.4:8004").Locator("th, td").AllTextContentsAsync();
        cells.Should().Equal("http://10.0.0.4:8004", "✓ ok answers its checks", "1", "2", "60.0", "1.0", "4.0", "0", "✓ 200 in 1 ms, 3 s ago");
    }

    [TheoryNeeds(Chromium.Program)]
    [InlineData("off", null, "✓ ready")]
    [InlineData("off", "starting", "▽ starting")]
    [InlineData("manual", "draining", "▼ draining, asked by an operator")]
    [InlineData("shutdown", "draining", "▼ shutting down")]
    public async Task Readiness_IsTold(string drain, string? notReady, string shown)
    {
        (_server.Snapshot["drain"], _server.Snapshot["not_ready"]) = (drain, notReady);
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#facts"]).ToContainTextAsync("State" + shown);
    }

    [FactNeeds(Chromium.Program)]
    public async Task FailedReload_SaysEveryProblem()
    {
        _server.Snapshot["config"]!["last_reload"] = JsonNode.Parse("""
            { "at": "2026-01-02T03:00:00Z", "result": "failure", "problems": [ "a.json:1:2: one", "a.json:3:4: two" ] }
            """);
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#problem-list li"]).ToHaveTextAsync(["a.json:1:2: one", "a.json:3:4: two"]);
        await Expect(view["#attention"]).ToContainTextAsync("✕ The last reload of the configuration failed");
        await Expect(view["#facts"]).ToContainTextAsync("✕ failed at");
    }

    [FactNeeds(Chromium.Program)]
    public async Task WithoutTraffic_UnknownFiguresAreDashes()
    {
        foreach (string figure in new[] { "error_share", "p50_ms", "p95_ms", "p99_ms", "cpu_limit_cores", "memory_limit_bytes" })
        {
            _server.Snapshot["now"]![figure] = null;
        }

        (_server.Snapshot["services"], _server.Snapshot["routes"], _server.Snapshot["rate_limits"]) = (new JsonArray(), new JsonObject(), new JsonArray());
        _server.Snapshot["auth"]!["hit_share"] = null;
        (_server.Snapshot["errors_total"], _server.Errors) = (0, []);
        await using DashboardView view = await chromium.OpenAsync(_server);

        await Expect(view["#tiles"]).ToContainTextAsync("–ms p99");
        await Expect(view["#tiles"]).ToContainTextAsync("no limit known");
        await Expect(view["#errors-count"]).ToHaveTextAsync("none since the start");
        await Expect(view["#limit-store"]).ToHaveTextAsync("none configured");
        await Expect(view.Row("#route-table", "quiet").Locator("td.n")).ToHaveTextAsync(["–", "–", "–", "–", "–"]);
        (await view["body"].TextContentAsync()).Should().NotContainAny("NaN", "undefined", "null", "Infinity", "[object");
        view.Complaints.Should().BeEmpty();
    }

    [FactNeeds(Chromium.Program)]
    public async Task Route_ShowsItsEffectiveConfiguration_AndEscGoesBackToIt()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await view.Button("products").ClickAsync();
        await Expect(view["#detail"]).ToContainTextAsync("/api/products/{**rest}appsettings.json:12:20");
        await Expect(view["#detail"]).ToContainTextAsync("00:00:30default");

        await view.Page.Keyboard.PressAsync("Escape");
        await Expect(view["#detail"]).ToBeHiddenAsync();
        await Expect(view.Button("products")).ToBeFocusedAsync();
    }

    [FactNeeds(Chromium.Program)]
    public async Task PointerOnACurve_ReadsThatMomentOnAll()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        LocatorBoundingBoxResult box = (await view["#tiles svg"].First.BoundingBoxAsync())!;
        await view.Page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        await Expect(view["#tiles .reading:visible"]).ToHaveCountAsync(7);
        await Expect(view["#tiles .reading"].First).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"^2 min (29|30) s ago: 1,\d\d\d/s$"));
        await view.Page.Mouse.MoveAsync(0, 0);
        await Expect(view["#tiles .reading:visible"]).ToHaveCountAsync(0);
    }

    [FactNeeds(Chromium.Program)]
    public async Task Errors_AreFilteredByCorrelationId()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await view.Button("c-0001").ClickAsync();
        await Expect(view["#error-filter"]).ToHaveValueAsync("c-0001");
        await Expect(view["#error-table tbody tr"]).ToHaveCountAsync(1);
        await Expect(view["#errors-count"]).ToContainTextAsync("1 of 2");
    }

    [FactNeeds(Chromium.Program)]
    public async Task TriedRequest_IsExplained_AndSentWithoutTheToken()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await view["#token"].FillAsync("secret-token");
        await view.Button("Use").ClickAsync();
        await view["#try-method"].FillAsync("POST");
        await view["#try-url"].FillAsync("/api/products/1?x=1");
        await view["#try-headers"].FillAsync("Host: shop.example\nX-Canary: a\nX-Canary: b");
        await view.Button("Explain").ClickAsync();

        await Expect(view["#try-answer"]).ToHaveTextAsync("route products\nservice product");
        DashboardRequest asked = _server.Requests.Single(static request => request.Target == "/admin/v1/explain");
        asked.Authorization.Should().BeEmpty();
        JsonNode.DeepEquals(JsonNode.Parse(asked.Body), JsonNode.Parse("""
            { "method": "POST", "url": "http://shop.example/api/products/1?x=1", "headers": { "Host": "shop.example", "X-Canary": "a, b" } }
            """)).Should().BeTrue(asked.Body);
    }

    [FactNeeds(Chromium.Program)]
    public async Task HeaderThatIsNone_IsSaidAndNothingIsSent()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await view["#try-url"].FillAsync("/");
        await view["#try-headers"].FillAsync("nonsense");
        await view.Button("Explain").ClickAsync();
        await Expect(view["#try-status"]).ToContainTextAsync("“nonsense” is no header");
        _server.Requests.Should().NotContain(static request => request.Target == "/admin/v1/explain");
    }
}
