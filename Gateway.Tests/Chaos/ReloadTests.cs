using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Tests.Kit;
using Xunit.Abstractions;

namespace Gateway.Tests.Chaos;

/// <summary>The configuration changes under load, again and again, and every other time to one that cannot be used.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class ReloadTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private const double Rate = 200, Noise = 1.2;

    private static readonly int Changes = ChaosForm.IsLong ? 50 : 12;
    private static readonly TimeSpan Pause = ChaosForm.Seconds(0.5, 1), Slack = TimeSpan.FromMilliseconds(10);
    private static readonly string[] Bad = ["{ \"Gateway\": ", "{ \"Gateway\": { \"Servces\": {} } }", "", "[]"];

    private readonly ConfigurationFiles _files = new();
    private readonly WitnessInstance[] _instances = new WitnessInstance[2];

    public async Task InitializeAsync()
    {
        for (int i = 0; i < _instances.Length; i++)
        {
            _instances[i] = await WitnessInstance.StartAsync($"{i}");
        }
    }

    public void Dispose() => _files.Dispose();

    public async Task DisposeAsync()
    {
        foreach (WitnessInstance instance in _instances)
        {
            await instance.DisposeAsync();
        }
    }

    [Fact]
    public async Task ChangesUnderLoad_FailNoRequest_AndBadOnesChangeNothing()
    {
        Write(Good(0));
        await using GatewayProcess process = GatewayProcess.Start(_files.Root, "run", "--config", "gateway.json");
        (Uri address, Uri admin) = await process.ServingAsync();
        using var load = new OpenLoad(address);
        (await load.RunAsync(Rate, TimeSpan.FromSeconds(2))).Failed.Should().Be(0);
        LoadResult calm = await load.RunAsync(Rate, Pause * Changes / 2);

        Task<int> changing = ChangeAsync(admin);
        LoadResult result = await load.RunAsync(Rate, Pause * (Changes + 2));
        int good = await changing;

        string metrics = await GetAsync(new Uri(admin, "/metrics"));
        output.WriteLine($"[chaos] {Changes} changes, {good} of them good, under {Rate}/s: {result.Figures}; without changes: {calm.Figures}");
        result.Failed.Should().Be(0, result.Outcomes);
        Of(metrics, "gateway_config_reloads_total{result=\"success\"}").Should().Be(good);
        Of(metrics, "gateway_config_reloads_total{result=\"failure\"}").Should().Be(Changes - good);
        Of(metrics, "gateway_config_generation{}").Should().Be(1 + good);

        // The ninetieth, not the ninety-ninth: this process, which loads and answers, stands still itself for half a second now and then.
        result.Latency(0.9).Should().BeLessThan((calm.Latency(0.9) * Noise) + Slack);
        _instances.Should().OnlyContain(static instance => instance.Arrivals.Count > 0, "good changes moved the load from one to the other");
    }

    /// <summary>Changes the file at the pace, but not before the last change was seen.</summary>
    /// <returns>How many of the changes could be used.</returns>
    private async Task<int> ChangeAsync(Uri admin)
    {
        using var timer = new PeriodicTimer(Pause);
        int good = 0;
        for (int i = 1; i <= Changes; i++)
        {
            string before = await LastReloadAsync(admin);
            Write(i % 2 == 1 ? Bad[i / 2 % Bad.Length] + new string(' ', i) : Good(++good));
            await timer.WaitForNextTickAsync();
            await Eventually.BecomesAsync(() => LastReloadAsync(admin), now => now != before);
        }

        return good;
    }

    private static async Task<string> LastReloadAsync(Uri admin) =>
        JsonElement.Parse(await GetAsync(new Uri(admin, "/admin/v1/info"))).GetProperty("config").GetProperty("last_reload").ToString();

    /// <summary>One that differs from the one before in everything that may differ: instance, service, limits, routes.</summary>
    private string Good(int number) => $$"""
        {
          "Kestrel": { "Endpoints": { "Public": { "Url": "http://127.0.0.1:0" } } },
          "Gateway": {
            "Admin": { "Url": "http://127.0.0.1:0" }, "ReloadInterval": "00:00:00.1",
            "Services": {
              "same": { "Instances": [ { "Url": "{{_instances[0].Url}}" } ], "HealthCheck": {} },
              "s{{number % 3}}": { "Instances": [ { "Url": "{{_instances[number % 2].Url}}" } ], "HealthCheck": {} }
            },
            "RateLimits": { "by-ip": { "Capacity": {{1_000_000 + number}}, "RefillPerSecond": 100000 } },
            "Routes": {
              "all": { "Pattern": "/{**rest}", "Service": "s{{number % 3}}", "Auth": "Anonymous", "RateLimits": [ "by-ip" ] },
              "r{{number}}": { "Pattern": "/r{{number}}", "Service": "same", "Auth": "Anonymous" }
            },
            "Tests": [ { "Request": "GET {{WitnessInstance.WorkPath}}1", "Expect": { "Service": "s{{number % 3}}" } } ]
          }
        }
        """;

    private void Write(string text)
    {
        _files.Write("next.json", text);
        File.Move(Path.Combine(_files.Root, "next.json"), Path.Combine(_files.Root, "gateway.json"), overwrite: true);
    }

    private static async Task<string> GetAsync(Uri address)
    {
        using HttpMessageInvoker client = TestGateway.NewClient();
        using HttpResponseMessage response = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, address), CancellationToken.None);
        return await response.Content.ReadAsStringAsync();
    }

    private static int Of(string metrics, string series)
    {
        Match line = Regex.Match(metrics, $@"^{Regex.Escape(series)} (\d+)", RegexOptions.Multiline);
        line.Success.Should().BeTrue("{0} is among {1}", series, metrics);
        return int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
