using Gateway.Tests.Kit;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests.Host.Admin.Dashboard;

/// <summary>The connection is lost, and found again.</summary>
[Collection(nameof(Chromium))]
public sealed class DashboardConnectionTests(Chromium chromium) : IAsyncLifetime
{
    private DashboardServer _server = null!;

    public async Task InitializeAsync() => _server = await DashboardServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [FactNeeds(Chromium.Program)]
    public async Task LostConnection_IsSaidWithItsTime_AndFoundAgain()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        _server.IsAway = true;
        _server.Drop();

        await view.IsAsync("lost");
        await Expect(view["#link-word"]).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^connection lost since \\d\\d:\\d\\d:\\d\\d$"));
        await Expect(view["#lost"]).ToContainTextAsync("The figures are those of ");
        await Expect(view["#lost"]).ToBeInViewportAsync();
        await Expect(view["#tiles"]).ToContainTextAsync("1,812");

        _server.IsAway = false;
        await view.IsAsync("live");
        await Expect(view["#lost"]).ToBeHiddenAsync();
        view.Complaints.Should().BeEmpty();
    }

    [FactNeeds(Chromium.Program)]
    public async Task BrokenStream_ComesBackByItself()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        _server.Drop();
        await Eventually.BecomesAsync(() => Task.FromResult(_server.Requests.Count(static request => request.Target == "/admin/v1/stream")), static count => count == 2);
        await view.IsAsync("live");
        _server.Send(static snapshot => snapshot["now"]!["rps"] = 4321.0);
        await Expect(view["#tiles"]).ToContainTextAsync("4,321");
    }

    [FactNeeds(Chromium.Program)]
    public async Task WithoutAPlaceInTheStream_TheSnapshotIsAskedFor_AndTheStreamAgainLater()
    {
        _server.HasStream = false;
        await using DashboardView view = await chromium.OpenAsync(_server, awaitFigures: false, ownClock: true);
        await view.IsAsync("polling");
        await Expect(view["#link-word"]).ToHaveTextAsync("asking every 2 s: there is no stream");
        await Expect(view["#lost"]).ToBeHiddenAsync();

        _server.Snapshot["now"]!["rps"] = 4321.0;
        await view.Page.Clock.RunForAsync(3000);
        await Expect(view["#tiles"]).ToContainTextAsync("4,321");

        _server.HasStream = true;
        await view.Page.Clock.RunForAsync(11_000);
        await view.IsAsync("live");
        view.Complaints.Should().BeEmpty();
    }

    [FactNeeds(Chromium.Program)]
    public async Task StreamThatIsSilent_IsNotBelieved()
    {
        await using DashboardView view = await chromium.OpenAsync(_server, ownClock: true);
        (_server.IsAway, int viewers) = (true, _server.Viewers);
        viewers.Should().Be(1);
        await view.Page.Clock.RunForAsync(7000);
        await view.IsAsync("lost");
    }

    [FactNeeds(Chromium.Program)]
    public async Task WithoutAnyAnswerAtFirst_ThePageSaysSo()
    {
        await using DashboardView view = await chromium.OpenAsync(_server, awaitFigures: false);
        _server.IsAway = true;
        _server.Drop();
        await view.IsAsync("lost");
        await Expect(view["#lost"]).ToContainTextAsync("Connection lost since");
    }
}
