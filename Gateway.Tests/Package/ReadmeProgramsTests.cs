using System.Text.RegularExpressions;
using Gateway.Core.Testing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Package;

/// <summary>The five programs of the package's README, compiled against the packed library in an empty folder, and run.</summary>
public sealed partial class ReadmeProgramsTests(PackedFeed feed) : IClassFixture<PackedFeed>
{
    [Fact]
    public void Readme_HasFivePrograms() => ReadmePrograms.All.Should().HaveCount(5);

    [Fact]
    public async Task Gateway_InFifteenLines_Forwards()
    {
        await using ScriptedService products = await ScriptedService.StartAsync();
        products.AnswerWith(200, "products");
        string program = await feed.BuildAsync("first", ReadmePrograms.All[0], ("http://localhost:8004", products.Url));
        await ExpectAsync(program, async address =>
        {
            (await GetAsync(address, "/api/products/1")).Should().Be((200, "products"));
            (await GetAsync(address, "/nowhere")).Status.Should().Be(404);
        });
    }

    [Fact]
    public async Task Gateway_StandsBesideOwnEndpoints_FromConfiguration()
    {
        await using ScriptedService orders = await ScriptedService.StartAsync();
        orders.AnswerWith(200, "orders");
        await File.WriteAllTextAsync(Path.Combine(feed.Folder, "appsettings.json"), ReadmePrograms.Settings.Replace("http://localhost:8005", orders.Url, StringComparison.Ordinal));
        string program = await feed.BuildAsync("second", ReadmePrograms.All[1]);
        await ExpectAsync(program, async address =>
        {
            (await GetAsync(address, "/hello")).Should().Be((200, "hello from the application"));
            (await GetAsync(address, "/api/orders/1")).Should().Be((200, "orders"));
            (await GetAsync(address, "/nowhere")).Should().Be((404, ""), "that is the application's own answer");
        });
    }

    [Fact]
    public async Task PolicyAlone_LimitsAnyApplication()
    {
        await using ScriptedService legacy = await ScriptedService.StartAsync();
        legacy.AnswerWith(200, "legacy");
        string program = await feed.BuildAsync("third", ReadmePrograms.All[2], ("http://localhost:8004", legacy.Url));
        await ExpectAsync(program, async address =>
        {
            (await GetAsync(address, "/")).Should().Be((200, "hello"));
            (await GetAsync(address, "/legacy/x")).Should().Be((200, "legacy"));
            (await GetAsync(address, "/")).Status.Should().Be(200);
            (await GetAsync(address, "/")).Status.Should().Be(429);
        });
    }

    [Fact]
    public async Task OwnPolicy_ChoosesByTenant_AndAnOwnStageRefuses()
    {
        await using ScriptedService one = await ScriptedService.StartAsync();
        await using ScriptedService other = await ScriptedService.StartAsync();
        string program = await feed.BuildAsync("fourth", ReadmePrograms.All[3], ("http://localhost:8006", one.Url), ("http://localhost:8007", other.Url));
        await ExpectAsync(program, async address =>
        {
            (await GetAsync(address, "/")).Status.Should().Be(400);
            for (int i = 0; i < 4; i++)
            {
                (await GetAsync(address, "/", ("X-Tenant", "b"))).Status.Should().Be(200);
                (await GetAsync(address, "/", ("X-Tenant", "a"))).Status.Should().Be(200);
            }
        });
        (one.Received.Count, other.Received.Count).Should().Be((4, 4));
        one.Received.Select(static request => request.Headers["X-Tenant"]).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task TestKit_TellsTheStory()
    {
        string program = await feed.BuildAsync("fifth", ReadmePrograms.All[4]);
        await using GatewayProcess process = GatewayProcess.StartProgram("dotnet", feed.Folder, program);
        (int exit, string output, string errors) = await process.EndAsync();
        (exit, errors).Should().Be((0, ""));
        output.TrimEnd().Split('\n').Should().Equal(
            [.. Enumerable.Repeat("answered 500 by orders", 4), "circuit opened after 5 failures in a row", "answered 500 by orders",
                "refused with circuit_open", "circuit closed", "answered 200 by orders"]);
    }

    [FactNeeds("gcc")]
    public async Task Gateway_CompilesAheadOfTime_WithoutWarnings()
    {
        await using ScriptedService products = await ScriptedService.StartAsync();
        products.AnswerWith(200, "products");
        string program = await feed.PublishAsync("ahead", ReadmePrograms.All[0], ("http://localhost:8004", products.Url));
        await using GatewayProcess process = GatewayProcess.StartProgram(program, feed.Folder, "--urls", "http://127.0.0.1:0");
        Uri address = new((await process.Output.MatchAsync(Listening())).Groups[1].Value);
        (await GetAsync(address, "/api/products/1")).Should().Be((200, "products"));
    }

    private async Task ExpectAsync(string program, Func<Uri, Task> expectations)
    {
        await using GatewayProcess process = GatewayProcess.StartProgram("dotnet", feed.Folder, program, "--urls", "http://127.0.0.1:0");
        await expectations(new Uri((await process.Output.MatchAsync(Listening())).Groups[1].Value));
        await process.TerminateAsync();
        (await process.EndAsync()).ExitCode.Should().Be(0);
    }

    private static async Task<(int Status, string Body)> GetAsync(Uri address, string target, params (string Name, string Value)[] headers)
    {
        using HttpMessageInvoker client = TestGateway.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, target));
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage answer = await client.SendAsync(request, CancellationToken.None);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("Now listening on: (http://\\S+)")]
    private static partial Regex Listening();
}
