using Gateway.Tests.Kit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests.Host.Admin.Dashboard;

/// <summary>Changes: who may ask for them, what is asked first, what is sent, and what is said of the answer.</summary>
[Collection(nameof(Chromium))]
public sealed class DashboardOperatorTests(Chromium chromium) : IAsyncLifetime
{
    private const string Instance = "http://10.0.0.4:8004", Token = "secret-token-of-the-test";

    private DashboardServer _server = null!;

    public async Task InitializeAsync() => _server = await DashboardServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [TheoryNeeds(Chromium.Program)]
    [InlineData(true, "To change something, type the admin token under Operate.")]
    [InlineData(false, "This gateway has no admin token (Gateway:Admin:TokenFile), so nothing can be changed here.")]
    public async Task WithoutToken_EveryControlIsDisabledAndSaysWhy(bool allowed, string why)
    {
        _server.Snapshot["changes_allowed"] = allowed;
        await using DashboardView view = await chromium.OpenAsync(_server);
        foreach (string id in new[] { "#drain", "#reload", "#revoke" })
        {
            await Expect(view[id]).ToBeDisabledAsync();
        }

        await Expect(view["#may"]).ToHaveTextAsync(why);
        await view.Button(Instance).ClickAsync();
        foreach (string name in new[] { "Ready", "Drain", "Down", "Reset the circuit" })
        {
            ILocator button = view["#detail"].GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = name, Exact = true });
            await Expect(button).ToBeDisabledAsync();
            await Expect(button).ToHaveAccessibleDescriptionAsync(why);
        }
    }

    [TheoryNeeds(Chromium.Program)]
    [InlineData("Drain", "Drain it", "POST", "/admin/v1/drain", "")]
    [InlineData("Reload the configuration", null, "POST", "/admin/v1/config/reload", "")]
    public async Task Gateway_IsChanged(string button, string? yes, string method, string target, string body)
    {
        await using DashboardView view = await OpenWithTokenAsync();
        await view["#gateway-form"].GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = button }).ClickAsync();
        await ConfirmAsync(view, yes);
        await Expect(view["#operate-answer"]).ToHaveTextAsync("✓ It is done, says the script.");
        _server.Changes.Should().Equal(new DashboardRequest(method, target, "Bearer " + Token, body));
    }

    [FactNeeds(Chromium.Program)]
    public async Task Drain_CanBeEnded()
    {
        (_server.Snapshot["drain"], _server.Snapshot["not_ready"]) = ("manual", "draining");
        await using DashboardView view = await OpenWithTokenAsync();
        await Expect(view["#drain"]).ToBeHiddenAsync();
        await view.Button("End the drain").ClickAsync();
        await Expect(view["#operate-answer"]).ToContainTextAsync("It is done");
        _server.Changes.Should().Equal(new DashboardRequest("DELETE", "/admin/v1/drain", "Bearer " + Token, ""));
    }

    [TheoryNeeds(Chromium.Program)]
    [InlineData("Ready", null, "PATCH", "/admin/v1/services/product/instances/http%3A%2F%2F10.0.0.4%3A8004", """{"state":"ready"}""")]
    [InlineData("Drain", "Drain it", "PATCH", "/admin/v1/services/product/instances/http%3A%2F%2F10.0.0.4%3A8004", """{"state":"drain"}""")]
    [InlineData("Down", "Take it down", "PATCH", "/admin/v1/services/product/instances/http%3A%2F%2F10.0.0.4%3A8004", """{"state":"down"}""")]
    [InlineData("Reset the circuit", null, "POST", "/admin/v1/circuits/product/http%3A%2F%2F10.0.0.4%3A8004", "")]
    public async Task Instance_IsChanged(string button, string? yes, string method, string target, string body)
    {
        await using DashboardView view = await OpenWithTokenAsync();
        await view.Button(Instance).ClickAsync();
        await view["#detail"].GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = button, Exact = true }).ClickAsync();
        await ConfirmAsync(view, yes);
        await Expect(view["#detail .answer"]).ToHaveTextAsync("✓ It is done, says the script.");
        _server.Changes.Should().Equal(new DashboardRequest(method, target, "Bearer " + Token, body));
    }

    [TheoryNeeds(Chromium.Program)]
    [InlineData("token", "Revoke it", """{"token":"abc.def"}""")]
    [InlineData("user", "Revoke them", """{"user":"abc.def"}""")]
    public async Task TokenOrUser_IsRevoked(string what, string yes, string body)
    {
        await using DashboardView view = await OpenWithTokenAsync();
        await view["#revoke-what"].SelectOptionAsync(what);
        await view["#revoke-which"].FillAsync(" abc.def ");
        await view["#revoke"].ClickAsync();
        await ConfirmAsync(view, yes);
        await Expect(view["#operate-answer"]).ToContainTextAsync("It is done");
        await Expect(view["#revoke-which"]).ToHaveValueAsync("");
        _server.Changes.Should().Equal(new DashboardRequest("POST", "/admin/v1/auth/revoke", "Bearer " + Token, body));
    }

    [TheoryNeeds(Chromium.Program)]
    [InlineData("Escape")]
    [InlineData("Enter")]
    public async Task ConfirmationThatIsNotGiven_ChangesNothing(string key)
    {
        await using DashboardView view = await OpenWithTokenAsync();
        await view["#drain"].ClickAsync();
        await Expect(view["#confirm"]).ToContainTextAsync("Drain this gateway?");
        await Expect(view["#confirm-no"]).ToBeFocusedAsync();
        await view.Page.Keyboard.PressAsync(key);
        await Expect(view["#confirm"]).ToBeHiddenAsync();
        await Expect(view["#drain"]).ToBeFocusedAsync();
        _server.Changes.Should().BeEmpty();
    }

    [FactNeeds(Chromium.Program)]
    public async Task Refusal_IsSaidInItsOwnWords()
    {
        _server.Answer = (401, """{"title":"Unauthorized","status":401,"detail":"Changes need the admin token."}""");
        await using DashboardView view = await OpenWithTokenAsync();
        await view["#reload"].ClickAsync();
        await Expect(view["#operate-answer"]).ToHaveTextAsync("✕ Unauthorized · 401 · Changes need the admin token.");
    }

    [FactNeeds(Chromium.Program)]
    public async Task NoAnswer_IsSaid()
    {
        await using DashboardView view = await OpenWithTokenAsync();
        _server.IsAway = true;
        await view["#reload"].ClickAsync();
        await Expect(view["#operate-answer"]).ToContainTextAsync("✕ No answer: ");
    }

    [FactNeeds(Chromium.Program)]
    public async Task Token_GoesWithChangesAndNowhereElse()
    {
        await using DashboardView view = await OpenWithTokenAsync();
        await Expect(view["#token"]).ToHaveValueAsync("");
        await view["#reload"].ClickAsync();
        await Expect(view["#operate-answer"]).ToContainTextAsync("It is done");
        await view.Page.ReloadAsync();
        await view.IsAsync("live");
        await Expect(view["#drain"]).ToBeEnabledAsync();

        _server.Requests.Where(static request => request.Authorization.Length > 0).Should().Equal(_server.Changes);
        _server.Requests.Should().NotContain(static request => request.Target.Contains(Token) || request.Body.Contains(Token));
        view.Page.Url.Should().Be(_server.Url + "/");
        (await view.Page.EvaluateAsync<string>("JSON.stringify(localStorage) + document.cookie")).Should().Be("{}");
        (await view["html"].InnerHTMLAsync()).Should().NotContain(Token);

        await view.Button("Forget").ClickAsync();
        await Expect(view["#drain"]).ToBeDisabledAsync();
        (await view.Page.EvaluateAsync<int>("sessionStorage.length")).Should().Be(0);
    }

    private async Task<DashboardView> OpenWithTokenAsync()
    {
        DashboardView view = await chromium.OpenAsync(_server);
        await view["#token"].FillAsync(Token);
        await view.Page.Keyboard.PressAsync("Enter");
        await Expect(view["#may"]).ToHaveTextAsync("The token is set.");
        return view;
    }

    /// <summary>Null where nothing is to be asked.</summary>
    private async Task ConfirmAsync(DashboardView view, string? yes)
    {
        if (yes is not null)
        {
            await Expect(view["#confirm"]).ToBeVisibleAsync();
            _server.Changes.Should().BeEmpty("nothing is sent before it is confirmed");
            await view.Button(yes).ClickAsync();
        }

        await Expect(view["#confirm"]).ToBeHiddenAsync();
    }
}
