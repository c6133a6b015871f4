using System.Net;
using Gateway.Host.Admin;
using Gateway.Host.Admin.Live;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Admin;

/// <content>Who may change something, and who may watch.</content>
public sealed partial class AdminApiTests
{
    /// <summary>Of the list that the port itself goes by, so that none that is added is left out.</summary>
    [Fact]
    public async Task EveryRouteThatIsNotGet_NeedsTheTokenAndNoForeignPage_UnlessItReads()
    {
        AdminRoute[] routes = [.. _gateway.Server.AdminRoutes.Where(static route => route.Method != "GET")];
        routes.Where(static route => route.Reads).Select(static route => route.Path).Should().Equal("/admin/v1/explain");
        AdminRoute[] changes = [.. routes.Where(static route => !route.Reads)];
        changes.Should().HaveCountGreaterThanOrEqualTo(6);
        foreach (AdminRoute route in changes)
        {
            string path = route.Path.Replace("{}", "x", StringComparison.Ordinal);
            foreach (string? token in new[] { null, Token[..^1], Token + "x" })
            {
                (await AskAsync(new HttpMethod(route.Method), path, token: token)).Status.Should().Be(401, $"{route.Method} {path} changes something");
            }

            (await AskAsync(new HttpMethod(route.Method), path, origin: "http://page.example")).Status.Should().Be(403, $"{route.Method} {path}");
        }

        (await SnapshotAsync()).GetProperty("drain").GetString().Should().Be("off");
        await RealTime.UntilAsync(
            () => _gateway.LogLines.Any(static line => line.ToString().Contains("The admin port refused a request with 401, asked from 127.0.0.1")), TimeSpan.FromSeconds(10));
        _gateway.LogLines.Where(static line => line.ToString().Contains(Token[..^1])).Should().BeEmpty("the log gets nothing of what was sent");
    }

    /// <summary>Nothing is written after its head, so nobody noticed that it had gone: it held a place for ever.</summary>
    [Fact]
    public async Task HeadAndForeignPages_TakeNoViewersPlace()
    {
        Uri stream = new(_gateway.Admin, "/admin/v1/stream");
        for (int i = 0; i <= LiveFeed.MostViewers; i++)
        {
            using HttpResponseMessage head = await _gateway.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, stream), CancellationToken.None);
            (head.StatusCode, head.Content.Headers.ContentType!.MediaType).Should().Be((HttpStatusCode.OK, "text/event-stream"));
            using var foreign = new HttpRequestMessage(HttpMethod.Get, stream) { Headers = { { "Sec-Fetch-Site", "cross-site" } } };
            using HttpResponseMessage refused = await _gateway.Client.SendAsync(foreign, CancellationToken.None);
            refused.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        }

        using HttpResponseMessage answer = await _gateway.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, stream), CancellationToken.None);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    /// <summary>A token that has leaked was good until the next start.</summary>
    [Fact]
    public async Task ReloadTakesAnotherContentOfTheTokenFile_AndKeepsTheTokenWhereThereIsNone()
    {
        const string Next = "another-token-9876543210";
        string file = Path.Combine(_folder, "token");
        await File.WriteAllTextAsync(file, Next);
        (await AskAsync(HttpMethod.Post, "/admin/v1/drain", token: Next)).Status.Should().Be(401, "nothing has been reloaded");

        await _gateway.Server.ApplyAsync(_gateway.Server.Configuration);
        (await AskAsync(HttpMethod.Post, "/admin/v1/drain", token: Token)).Status.Should().Be(401);
        (await AskAsync(HttpMethod.Post, "/admin/v1/drain", token: Next)).Status.Should().Be(200);

        File.Delete(file);
        await _gateway.Server.ApplyAsync(_gateway.Server.Configuration);
        (await AskAsync(HttpMethod.Delete, "/admin/v1/drain", token: Next)).Status.Should().Be(200);
    }
}
