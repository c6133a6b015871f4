using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Gateway.Tests.Kit;

/// <summary>The dashboard in a browser's tab of its own, and what went wrong there.</summary>
internal sealed class DashboardView : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new(), _elsewhere = new();

    private DashboardView(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    /// <summary>Errors of scripts, of the console, and of the content security policy; not the browser's own notes of answers that failed.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Requests to anywhere but the server.</summary>
    public IReadOnlyCollection<string> Elsewhere => _elsewhere;

    public static async Task<DashboardView> OpenAsync(IBrowserContext context, DashboardServer server, bool awaitFigures, bool ownClock)
    {
        IPage page = await context.NewPageAsync();
        var view = new DashboardView(context, page);
        page.PageError += (_, error) => view._complaints.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                view._complaints.Enqueue(message.Text);
            }
        };
        await context.RouteAsync(url => !url.StartsWith(server.Url + "/", StringComparison.Ordinal), route =>
        {
            view._elsewhere.Enqueue(route.Request.Url);
            return route.AbortAsync();
        });
        if (ownClock)
        {
            await page.Clock.InstallAsync();
        }

        await page.GotoAsync(server.Url + "/");
        if (awaitFigures)
        {
            await view.IsAsync("live");
        }

        return view;
    }

    public ILocator this[string selector] => Page.Locator(selector);

    /// <summary>Waits until the page says so of its connection: live, lost, polling.</summary>
    public Task IsAsync(string link) => Assertions.Expect(Page.Locator("#link")).ToHaveAttributeAsync("data-link", link);

    /// <summary>The row of a table whose header has that text.</summary>
    public ILocator Row(string place, string header) => Page.Locator($"{place} tbody tr")
        .Filter(new LocatorFilterOptions { Has = Page.Locator("th").GetByText(header, new LocatorGetByTextOptions { Exact = true }) });

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    public async ValueTask DisposeAsync() => await _context.CloseAsync();
}
