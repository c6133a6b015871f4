using Microsoft.Playwright;

namespace Gateway.Tests.Kit;

/// <summary>The tests that look at the dashboard share one browser.</summary>
[CollectionDefinition(nameof(Chromium))]
public sealed class SharedChromium : ICollectionFixture<Chromium>;

/// <summary>The machine's Chromium, without a window. Started by the first test that opens a page, closed after the last: none is started where all skip.</summary>
public sealed class Chromium : IAsyncLifetime, IDisposable
{
    public const string Program = "chromium";

    /// <summary>Milliseconds. Bounds every wait for the page; none is ever waited out.</summary>
    private const float Patience = 60_000;

    private readonly SemaphoreSlim _starting = new(1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
    }

    public void Dispose() => _starting.Dispose();

    /// <summary>Opens the dashboard of a server and waits for its first figures, unless told otherwise.</summary>
    internal async Task<DashboardView> OpenAsync(
        DashboardServer server, int width = 1440, int height = 900, ColorScheme colors = ColorScheme.Dark, bool awaitFigures = true, bool ownClock = false)
    {
        IBrowser browser = await StartAsync();
        IBrowserContext context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = colors,
            ReducedMotion = ReducedMotion.Reduce,
            TimezoneId = "UTC",
        });
        context.SetDefaultTimeout(Patience);
        return await DashboardView.OpenAsync(context, server, awaitFigures, ownClock);
    }

    private async Task<IBrowser> StartAsync()
    {
        await _starting.WaitAsync();
        try
        {
            _playwright ??= await Playwright.CreateAsync();
            Assertions.SetDefaultExpectTimeout(Patience);
            return _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = Programs.Find(Program),
                Args =
                [
                    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
                ],
            });
        }
        finally
        {
            _starting.Release();
        }
    }
}
