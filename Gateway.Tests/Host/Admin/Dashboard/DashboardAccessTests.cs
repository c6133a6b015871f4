using System.Text.Json.Nodes;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Gateway.Tests.Kit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests.Host.Admin.Dashboard;

/// <summary>The page for everybody: by keyboard, by ear, on a phone, in the dark.</summary>
[Collection(nameof(Chromium))]
public sealed class DashboardAccessTests(Chromium chromium) : IAsyncLifetime
{
    private static readonly string[] States =
        ["ok", "unknown", "slow_start", "failing", "ejected", "circuit_open", "circuit_half_open", "draining", "down"];

    private DashboardServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await DashboardServer.StartAsync();
        DashboardData.Instances(_server.Snapshot, 1).Clear();
        foreach (string state in States)
        {
            DashboardData.Instances(_server.Snapshot, 1).Add(DashboardData.Instance($"http://10.0.1.{state.Length}:80/{state}", state, "Because."));
        }

        _server.Snapshot["config"]!["last_reload"] = JsonNode.Parse("""{ "at": "2026-01-02T03:00:00Z", "result": "failure", "problems": [ "a.json:1:2: one" ] }""");
        _server.Snapshot["now"]!["p99_ms"] = 140.0;
        _server.Errors = new JsonArray([.. Enumerable.Range(0, 40).Select(static number => DashboardData.Error(40 - number))]);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [TheoryNeeds(Chromium.Program)]
    [InlineData(ColorScheme.Dark, 1440)]
    [InlineData(ColorScheme.Light, 1440)]
    [InlineData(ColorScheme.Dark, 360)]
    [InlineData(ColorScheme.Light, 360)]
    public async Task WholePage_HasNoFaultThatAxeKnows(ColorScheme colors, int width)
    {
        // So high that nothing is out of view: what is not drawn cannot be judged.
        await using DashboardView view = await chromium.OpenAsync(_server, width, 12_000, colors);
        await Expect(view["#error-table tbody tr"]).ToHaveCountAsync(40);
        await Expect(view["#route-table tbody tr"]).ToHaveCountAsync(3);
        Faults(await view.Page.RunAxe()).Should().BeEmpty();

        _server.IsAway = true;
        _server.Drop();
        await view.IsAsync("lost");
        Faults(await view.Page.RunAxe()).Should().BeEmpty("the loss is said well, too");
    }

    [TheoryNeeds(Chromium.Program)]
    [InlineData(ColorScheme.Dark)]
    [InlineData(ColorScheme.Light)]
    public async Task Dialogs_HaveNoFaultThatAxeKnows(ColorScheme colors)
    {
        await using DashboardView view = await chromium.OpenAsync(_server, colors: colors);
        await view["#token"].FillAsync("token");
        await view.Button("Use").ClickAsync();
        await view.Button("products").ClickAsync();
        await Expect(view["#detail"]).ToContainTextAsync("appsettings.json:12:20");
        Faults(await view.Page.RunAxe()).Should().BeEmpty();
        await view.Button("Close").ClickAsync();

        await view.Button("http://10.0.0.4:8004").ClickAsync();
        await view["#detail"].GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Drain", Exact = true }).ClickAsync();
        await Expect(view["#confirm"]).ToBeVisibleAsync();
        Faults(await view.Page.RunAxe()).Should().BeEmpty();
    }

    [TheoryNeeds(Chromium.Program)]
    [InlineData(320)]
    [InlineData(360)]
    [InlineData(768)]
    [InlineData(1024)]
    public async Task NarrowScreen_NeedsNoSidewaysScrolling(int width)
    {
        string endless = string.Concat(Enumerable.Repeat("endless", 30));
        DashboardData.Instances(_server.Snapshot, 0)[0] = DashboardData.Instance($"http://{endless}.example:8004", "failing", endless);
        _server.Snapshot["pod"] = endless;
        _server.Errors[0]!["path"] = "/" + endless;
        await using DashboardView view = await chromium.OpenAsync(_server, width, 20_000);
        await Expect(view["#error-table tbody tr"]).ToHaveCountAsync(40);
        (await view.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).Should().BeLessThanOrEqualTo(width);
    }

    [FactNeeds(Chromium.Program)]
    public async Task Keyboard_ReachesEveryControlInTheOrderOfThePage_AndTheFocusIsSeen()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#error-table tbody tr"]).ToHaveCountAsync(40);
        await view["#token"].FillAsync("token");
        await view.Button("Use").ClickAsync();
        int controls = await view.Page.EvaluateAsync<int>("""
            () => {
              window.controls = [...document.querySelectorAll('a, button, input, select, textarea, [tabindex="0"]')].filter(one => !one.disabled && one.checkVisibility());
              window.reached = [];
              window.controls[0].focus();
              return window.controls.length;
            }
            """);
        controls.Should().BeGreaterThan(60);
        for (int i = 1; i < controls; i++)
        {
            await view.Page.Keyboard.PressAsync("Tab");
            await view.Page.EvaluateAsync("""
                () => {
                  const one = document.activeElement, style = getComputedStyle(one);
                  window.reached.push(window.controls.indexOf(one) + (style.outlineStyle === 'none' || style.outlineWidth === '0px' ? ' unseen' : ''));
                }
                """);
        }

        (await view.Page.EvaluateAsync<string[]>("window.reached")).Should().Equal(Enumerable.Range(1, controls - 1).Select(static i => $"{i}"));
    }

    [FactNeeds(Chromium.Program)]
    public async Task FirstTab_IsTheWayToTheFigures()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await view.Page.Keyboard.PressAsync("Tab");
        await Expect(view[".skip"]).ToBeFocusedAsync();
        await Expect(view[".skip"]).ToBeInViewportAsync();
        await view.Page.Keyboard.PressAsync("Enter");
        await Expect(view["#main"]).ToBeFocusedAsync();
    }

    [FactNeeds(Chromium.Program)]
    public async Task Curves_HaveWords_AndTablesHaveHeaders()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#tiles svg"].First).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex(
            @"^Requests, last five minutes:  now 1,812/s, lowest 1,4\d\d/s, highest 2,1\d\d/s$"));
        await Expect(view["#tiles svg"].Nth(2)).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex(
            "^Latency, last five minutes: p50 now 1.2 ms, .*; p95 now 3.1 ms, .*; p99 now 140 ms, "));
        await Expect(view.Page.GetByRole(AriaRole.Columnheader, new PageGetByRoleOptions { Name = "State and why" })).ToHaveCountAsync(1);
        await Expect(view.Page.GetByRole(AriaRole.Rowheader, new PageGetByRoleOptions { Name = "http://10.0.0.4:8004" })).ToHaveCountAsync(1);
    }

    [FactNeeds(Chromium.Program)]
    public async Task FiguresThatChange_AreNotReadAloud()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await view.Page.EvaluateAsync("""
            () => {
              window.said = [];
              for (const place of document.querySelectorAll('[role=status], [role=log], [role=alert], [aria-live]')) {
                new MutationObserver(() => window.said.push(place.textContent)).observe(place, { subtree: true, childList: true, characterData: true });
              }
            }
            """);
        for (int i = 1; i <= 12; i++)
        {
            int figure = i;
            _server.Send(snapshot => (snapshot["now"]!["rps"], snapshot["now"]!["in_flight"], snapshot["uptime_seconds"]) = (1000.0 + figure, figure, 100.0 + figure));
            await Expect(view["#tiles"]).ToContainTextAsync($"1,{figure:d3}");
        }

        // Latency has been above its target long enough by then: that is news, once.
        (await view.Page.EvaluateAsync<string[]>("window.said")).Should().ContainSingle().Which.Should().Contain("Latency is above its target");
    }

    private static IEnumerable<string> Faults(AxeResult result) =>
        result.Violations.SelectMany(static rule => rule.Nodes.Select(node => $"{rule.Id}: {node.Target} {node.Html} {string.Join(' ', node.Any.Select(static check => check.Message))}"));
}
