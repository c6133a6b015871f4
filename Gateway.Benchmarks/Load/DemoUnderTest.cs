using System.Diagnostics;
using System.Globalization;
using Gateway.Host.Demo;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// What <c>gateway demo</c> is, in two processes: the gateway with the demo's configuration, whose processor time is nobody else's, and
/// the demo's services. All ports are free ones, and the rate limits are so high that every request passes them.
/// </summary>
internal sealed class DemoUnderTest : IAsyncDisposable
{
    /// <summary>The verb that <see cref="ServeAsync"/> answers.</summary>
    public const string ServicesVerb = "demo-services";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private readonly Process _services;

    private DemoUnderTest(Process services, GatewayUnderTest gateway) => (_services, Gateway) = (services, gateway);

    public GatewayUnderTest Gateway { get; }

    /// <summary>Where the gateway listens.</summary>
    public Uri Url => new($"http://{Gateway.Address}");

    /// <exception cref="InvalidOperationException">Services or gateway did not start.</exception>
    public static async Task<DemoUnderTest> StartAsync()
    {
        Process services = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Gateway.Benchmarks"), [ServicesVerb])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        try
        {
            string? line = await services.StandardOutput.ReadLineAsync().WaitAsync(StartPatience);
            Dictionary<string, int> ports = (line ?? throw new InvalidOperationException("The demo's services did not start."))
                .Split(' ').Select(static one => one.Split('='))
                .ToDictionary(static one => one[0], static one => int.Parse(one[1], CultureInfo.InvariantCulture));
            return new DemoUnderTest(services, await GatewayUnderTest.StartAsync(DemoConfiguration.Json, Settings(ports)));
        }
        catch
        {
            Stop(services);
            throw;
        }
    }

    /// <summary>The services' side: starts them, tells their ports on one line, and serves until standard input ends.</summary>
    public static async Task<int> ServeAsync()
    {
        await using var services = new DemoServices(TimeProvider.System);
        await services.StartAsync(DemoPorts.Any, CancellationToken.None);
        await Console.Out.WriteLineAsync(string.Join(' ', services.Ports.Select(static one => Text($"{one.Key}={one.Value}"))));
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        Stop(_services);
    }

    private static void Stop(Process services)
    {
        services.Kill();
        services.Dispose();
    }

    private static IEnumerable<KeyValuePair<string, string>> Settings(Dictionary<string, int> ports)
    {
        const string Limits = "Gateway:RateLimits:", Anywhere = "http://127.0.0.1:0";
        const int Capacity = 1_000_000_000, Refill = 10_000_000;
        return
        [
            .. DemoConfiguration.Overrides(ports),
            new("Kestrel:Endpoints:Public:Url", Anywhere),
            new("Kestrel:Endpoints:PublicHttp2:Url", Anywhere),
            new("Gateway:Admin:Url", Anywhere),
            .. ((string[])["per-ip", "per-user", "per-user:Tiers:gold", "few"]).SelectMany(static name => (KeyValuePair<string, string>[])
            [
                new($"{Limits}{name}:Capacity", Text($"{Capacity}")),
                new($"{Limits}{name}:RefillPerSecond", Text($"{Refill}")),
            ]),
        ];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
