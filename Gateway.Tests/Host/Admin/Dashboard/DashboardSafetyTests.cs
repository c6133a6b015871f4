using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Tests.Kit;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests.Host.Admin.Dashboard;

/// <summary>Whatever a client or a configuration can put into the figures is text.</summary>
[Collection(nameof(Chromium))]
public sealed class DashboardSafetyTests(Chromium chromium) : IAsyncLifetime
{
    private const string Attack = "\"><img src=x onerror=\"window.hurt=1\"><script>window.hurt=1</script><svg onload=window.hurt=1>'${window.hurt=1}";

    private DashboardServer _server = null!;

    public async Task InitializeAsync() => _server = await DashboardServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [FactNeeds(Chromium.Program)]
    public async Task MarkupInEveryText_IsShownAndDoesNothing()
    {
        _server.Snapshot["config"]!["last_reload"]!["problems"]!.AsArray().Add("a.json:1:2: ");
        _server.Snapshot = Attacked(_server.Snapshot);
        _server.Routes = Attacked(_server.Routes);
        _server.Errors = Attacked(new JsonObject { ["errors"] = _server.Errors.DeepClone() })["errors"]!.DeepClone().AsArray();
        _server.Answer = (400, new JsonObject { ["title"] = Attack, ["status"] = 400, ["detail"] = Attack }.ToJsonString());
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#error-table tbody"]).ToContainTextAsync(Attack);
        foreach (string place in new[] { "#pod", "#facts", "#attention", "#problem-list", "#tiles", "#service-table", "#route-table", "#limit-table", "#error-table" })
        {
            await Expect(view[place]).ToContainTextAsync(Attack);
        }

        await view["#token"].FillAsync("token");
        await view.Button("Use").ClickAsync();
        await view["#reload"].ClickAsync();
        await Expect(view["#operate-answer"]).ToContainTextAsync(Attack);
        await view["#service-table tbody tr:not(.service) button"].First.ClickAsync();
        await Expect(view["#detail-h"]).ToContainTextAsync(Attack);

        (await view.Page.EvaluateAsync<bool>("'hurt' in window")).Should().BeFalse();
        (await view["main img, main script, dialog img, dialog script, main svg[onload], [onerror]"].CountAsync()).Should().Be(0);
        view.Complaints.Should().BeEmpty("nothing was even tried");
        view.Elsewhere.Should().BeEmpty();
    }

    [FactNeeds(Chromium.Program)]
    public async Task PolicyOfThePage_StopsScriptsAndStylesThatAreNotItsOwn()
    {
        await using DashboardView view = await chromium.OpenAsync(_server);
        string[] stopped = await view.Page.EvaluateAsync<string[]>("""
            async () => {
              const stopped = [];
              document.addEventListener('securitypolicyviolation', event => stopped.push(event.effectiveDirective));
              const add = (tag, make) => { const element = document.createElement(tag); make(element); document.body.append(element); };
              add('script', script => { script.textContent = 'window.hurt = 1'; });
              add('style', style => { style.textContent = 'body { display: none }'; });
              add('img', image => { image.src = 'https://elsewhere.example/x.png'; });
              add('iframe', frame => { frame.src = '/'; });
              await fetch('https://elsewhere.example/').catch(() => {});
              while (stopped.length < 5) { await new Promise(requestAnimationFrame); }
              return stopped;
            }
            """);
        stopped.Should().BeEquivalentTo("script-src-elem", "style-src-elem", "img-src", "frame-src", "connect-src");
        (await view.Page.EvaluateAsync<bool>("'hurt' in window")).Should().BeFalse();
    }

    [FactNeeds(Chromium.Program)]
    public async Task PartThatCannotShowItsFigures_HidesNoOther()
    {
        _server.Snapshot["auth"] = null;
        await using DashboardView view = await chromium.OpenAsync(_server);
        await Expect(view["#service-table"]).ToContainTextAsync("http://10.0.0.4:8004");
        await Expect(view["#route-table"]).ToContainTextAsync("shop.example");
        view.Complaints.Should().NotBeEmpty();
    }

    /// <summary>The attack behind every text but those that are times, and every name of a member that is data.</summary>
    private static JsonObject Attacked(JsonObject told) => (JsonObject)Attacked(told, null)!;

    private static JsonNode? Attacked(JsonNode? node, string? name) => node switch
    {
        JsonObject json => new JsonObject(json.Select(member => KeyValuePair.Create(
            name is "refusals" or "sources" ? member.Key + Attack : member.Key, Attacked(member.Value, member.Key)))),
        JsonArray array => new JsonArray([.. array.Select(item => Attacked(item, name))]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String && name is not ("at" or "loaded_at" or "until" or "drain") => value.GetValue<string>() + Attack,
        _ => node?.DeepClone(),
    };
}
