using System.Text.Json.Nodes;
using Gateway.Tests.Kit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests.Host.Admin.Dashboard;

/// <summary>What the page does while figures come, while they do not, and what it leaves alone.</summary>
[Collection(nameof(Chromium))]
public sealed class DashboardLiveTests(Chromium chromium) : IAsyncLifetime
{
    private const string First = "http://10.0.0.4:8004", Second = "http://10.0.0.5:8004";

    private DashboardServer _server = null!;

    public async Task InitializeAsync() => _server = await DashboardServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [FactNeeds(Chromium.Program)]
    public async Task Update_ChangesTheTextWhereItStands()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        ILocator row = view.Row("#service-table", First);
        IElementHandle before = await row.ElementHandleAsync();

        _server.Send(static snapshot =>
        {
            (snapshot["now"]!["rps"], snapshot["uptime_seconds"]) = (2345.0, 11724.4);
            DashboardData.Instances(snapshot, 0)[0] = DashboardData.Instance(First, "ejected", "For ten seconds.");
        });
        await Expect(view["#tiles"]).ToContainTextAsync("2,345");
        await Expect(row).ToContainTextAsync("⊘ ejected For ten seconds.");
        (await before.EvaluateAsync<bool>("row => row.isConnected && row.textContent.includes('For ten seconds.')")).Should().BeTrue("it is the same row");
    }

    [FactNeeds(Chromium.Program)]
    public async Task UpdateWithoutNews_TouchesNothing()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#error-table tbody tr"]).ToHaveCountAsync(2);
        await Expect(view["#route-table tbody tr"]).ToHaveCountAsync(3);
        await view.Page.EvaluateAsync("""
            () => {
              window.touched = 0;
              new MutationObserver(changes => { window.touched += changes.length; }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
            }
            """);
        await UpdateAsync(view, static _ => { });
        (await view.Page.EvaluateAsync<int>("window.touched")).Should().Be(0);
    }

    [FactNeeds(Chromium.Program)]
    public async Task Update_LeavesFocusFilterSelectionAndScrollAlone()
    {
        await using DashboardView view = await chromium.OpenAsync(_server, height: 500);
        await view["#route-filter"].FillAsync("cart");
        await Expect(view["#route-table tbody tr"]).ToHaveCountAsync(1);
        await view.Page.EvaluateAsync("() => getSelection().selectAllChildren(document.querySelector('#route-table td.code'))");
        double scrolled = await view.Page.EvaluateAsync<double>("scrollY");
        scrolled.Should().BePositive();

        await UpdateAsync(view, static snapshot => (snapshot["routes"]!["cart"]!["rps"], snapshot["now"]!["rps"]) = (77.7, 1.0));

        await Expect(view["#route-table tbody tr"]).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("77\\.7"));
        await Expect(view["#route-filter"]).ToBeFocusedAsync();
        await Expect(view["#route-filter"]).ToHaveValueAsync("cart");
        (await view.Page.EvaluateAsync<string>("getSelection().toString()")).Should().Be("shop.example/api/cart");
        (await view.Page.EvaluateAsync<double>("scrollY")).Should().Be(scrolled);
    }

    [FactNeeds(Chromium.Program)]
    public async Task RowsThatChangePlaces_KeepTheFocus()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await view.Button(Second).FocusAsync();
        _server.Send(static snapshot =>
        {
            JsonArray instances = DashboardData.Instances(snapshot, 0);
            JsonNode first = instances[0]!;
            instances.RemoveAt(0);
            instances.Add(first);
            instances.Insert(0, DashboardData.Instance("http://10.0.0.1:8004", "ok", "New."));
        });
        await Expect(view["#service-table tbody"].First.Locator("button.name")).ToContainTextAsync(["product", "http://10.0.0.1:8004", Second, First]);
        await Expect(view.Button(Second)).ToBeFocusedAsync();
    }

    [FactNeeds(Chromium.Program)]
    public async Task ClosedService_StaysClosed()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        ILocator product = view["#service-table"].GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "product" });
        await product.ClickAsync();
        await UpdateAsync(view, static snapshot => snapshot["now"]!["rps"] = 3.0);
        await Expect(product).ToHaveAttributeAsync("aria-expanded", "false");
        await Expect(view.Button(First)).ToHaveCountAsync(0);
        await product.ClickAsync();
        await Expect(view.Button(First)).ToBeVisibleAsync();
    }

    [FactNeeds(Chromium.Program)]
    public async Task OpenInstance_IsKeptUpToDate_UntilItIsGone()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await view.Button(First).ClickAsync();
        await UpdateAsync(view, static snapshot =>
        {
            JsonObject instance = DashboardData.Instance(First, "circuit_open", "Five failures in a row.");
            (instance["circuit"]!["state"], instance["circuit"]!["until"]) = ("open", "2026-01-02T03:04:35Z");
            DashboardData.Instances(snapshot, 0)[0] = instance;
        });
        await Expect(view["#detail"]).ToContainTextAsync("◯ circuit open Five failures in a row.");
        await Expect(view["#detail"]).ToContainTextAsync("Circuitopen until 03:04:35", new LocatorAssertionsToContainTextOptions { UseInnerText = false });

        await UpdateAsync(view, static snapshot => DashboardData.Instances(snapshot, 0).RemoveAt(0));
        await Expect(view["#detail"]).ToContainTextAsync("This instance is gone.");
    }

    [FactNeeds(Chromium.Program)]
    public async Task OnlyWhatIsNotOk_CanBeShown()
    {
        DashboardData.Instances(_server.Snapshot, 0)[1] = DashboardData.Instance(Second, "failing", "No answer.");
        await using DashboardView view = await chromium.OpenAsync(_server);
        await view["#only-bad"].CheckAsync();
        await Expect(view["#service-table tbody button.name"]).ToContainTextAsync(["product", Second]);
        await view["#service-filter"].FillAsync("cart");
        await Expect(view["#service-table tbody"]).ToHaveCountAsync(0);
    }

    [FactNeeds(Chromium.Program)]
    public async Task NewErrors_AreFetchedWhenThereAreSome_ButNotWhileHeld()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#error-table tbody tr"]).ToHaveCountAsync(2);
        (_server.Errors, Action<JsonObject> three) = ([DashboardData.Error(3), DashboardData.Error(2), DashboardData.Error(1)], static snapshot => snapshot["errors_total"] = 3);
        _server.Send(three);
        await Expect(view["#error-table tbody tr th"]).ToHaveTextAsync(["03:00:03", "03:00:02", "03:00:01"]);

        await view.Button("Hold").ClickAsync();
        _server.Errors = [DashboardData.Error(4), .. _server.Errors.Select(static error => error!.DeepClone())];
        await UpdateAsync(view, static snapshot => snapshot["errors_total"] = 4);
        await Expect(view["#error-table tbody tr"]).ToHaveCountAsync(3);
        await view.Button("Held: show new ones").ClickAsync();
        await Expect(view["#error-table tbody tr"]).ToHaveCountAsync(4);
    }

    [FactNeeds(Chromium.Program)]
    public async Task NewGeneration_FetchesTheRoutesAgain()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#route-table tbody tr"]).ToHaveCountAsync(3);
        _server.Routes = DashboardData.ManyRoutes(5);
        _server.Send(static snapshot => (snapshot["config"]!["generation"], snapshot["routes"]) = (4, new JsonObject()));
        await Expect(view["#route-table tbody tr"]).ToHaveCountAsync(5);
        await Expect(view["#facts"]).ToContainTextAsync("generation 4");
    }

    /// <summary>It counts from one again, and may have come to the same number.</summary>
    [FactNeeds(Chromium.Program)]
    public async Task GatewayStartedAgain_FetchesTheRoutesAgain_ThoughTheGenerationIsTheSame()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#route-table tbody tr"]).ToHaveCountAsync(3);
        _server.Routes = DashboardData.ManyRoutes(5);
        _server.Send(static snapshot => (snapshot["config"]!["loaded_at"], snapshot["routes"]) = ("2026-01-02T03:03:01Z", new JsonObject()));
        await Expect(view["#route-table tbody tr"]).ToHaveCountAsync(5);
    }

    /// <summary>Sends an update and waits until the page has shown it.</summary>
    private async Task UpdateAsync(DashboardView view, Action<JsonObject> change)
    {
        int before = await view.Page.EvaluateAsync<int>("import('/page.js').then(page => page.updates)");
        _server.Send(change);
        await view.Page.WaitForFunctionAsync($"import('/page.js').then(page => page.updates > {before})");
    }
}
