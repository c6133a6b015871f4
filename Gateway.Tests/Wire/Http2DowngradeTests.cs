using System.Text.Json;
using Gateway.Core;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>
/// Requests over HTTP/2 that would become something else over HTTP/1.1 (RFC 9113 §8.2, §10.3): each is refused, reaches no
/// instance, and leaves its connection in step or ended.
/// </summary>
public sealed class Http2DowngradeTests
{
    private static readonly (string Name, string Value)[] Get = [(":method", "GET"), (":scheme", "http"), (":path", "/x"), (":authority", "g")];

    public static TheoryData<string> Hostile => [.. HostileHttp2.All.Keys];

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Request_IsRefusedAndReachesNoInstance(string proves)
    {
        HostileHttp2 request = HostileHttp2.All[proves];
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await StartAsync(instance);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendFieldsAsync(1, request.Data is null, request.Fields);
        if (request.Data is not null)
        {
            await client.SendDataAsync(1, request.Data, isLast: true);
        }

        Http2Ending ending = await client.ReadEndingAsync(1);
        switch (request.Refusal)
        {
            case Http2Refusal.Answer:
                ending.Body.Should().Contain($"\"status\":{request.Status}").And.Contain($"\"reason\":\"{request.Reason}\"");
                break;
            case Http2Refusal.Reset:
                ending.Reset.Should().Be(Http2Error.Protocol);
                break;
            default:
                ending.GoAway.Should().BeOneOf(Http2Error.Protocol, Http2Error.Compression);
                break;
        }

        bool goesOn = request.Refusal != Http2Refusal.GoAway;
        if (goesOn)
        {
            await client.SendRequestAsync(3, "GET", HostileExchange.Next, isLast: true);
            (await client.ReadEndingAsync(3)).Body.Should().Be(HostileExchange.Next);
        }

        instance.Garbage.Should().BeEmpty();
        instance.Requests.Select(static seen => seen.Split("\r\n")[0]).Should().Equal(goesOn ? [$"GET {HostileExchange.Next} HTTP/1.1"] : []);
        await IsLoggedOnceAsync(gateway, request, goesOn);
    }

    [Theory]
    [InlineData("x-forwarded-for", "6.6.6.6")]
    [InlineData("x-user-id", "root")]
    [InlineData("x_user_id", "root")]
    [InlineData("x-auth-anything", "root")]
    [InlineData("forwarded", "for=6.6.6.6")]
    [InlineData("te", "trailers")]
    [InlineData("http2-settings", "AAMAAABk")]
    [InlineData("proxy-authorization", "Basic root")]
    public async Task HeaderThatEndsHere_DoesNotReachTheInstance(string name, string value)
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await StartAsync(instance);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendFieldsAsync(1, isLast: true, [.. Get, (name, value)]);

        (await client.ReadEndingAsync(1)).Body.Should().Be("/x");
        string seen = instance.Requests.Should().ContainSingle().Which;
        if (name == "te")
        {
            seen.Should().Contain("\r\nTE: trailers\r\n").And.Contain("\r\nConnection: TE\r\n", "a hop over HTTP/1.1 needs both (RFC 9110, section 10.1.4)");
        }
        else
        {
            seen.Should().NotContain(value).And.NotContainEquivalentOf("\r\n" + name + ": " + value);
        }
    }

    /// <summary>RFC 9113 §8.3.1: :authority is what the request is for; a Host beside it that differs must not decide anything.</summary>
    [Fact]
    public async Task HostBesideAuthority_ChoosesNoRoute()
    {
        await using var instance = new RecordingInstance();
        GatewayOptions options = TestOptions.For(instance.Url).WithRoutes(("inner", TestOptions.AnyPath with { Host = "inner" }));
        await using TestGateway gateway = await TestGateway.StartAsync(options, null, Http2Client.PriorKnowledge);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendFieldsAsync(1, isLast: true, [.. Get, ("host", "inner")]);
        (await client.ReadEndingAsync(1)).Body.Should().NotBe("/x");
        await client.SendFieldsAsync(3, isLast: true, [.. Get[..3], ("host", "inner")]);
        (await client.ReadEndingAsync(3)).Body.Should().Be("/x", "without :authority Host is what there is");

        instance.Requests.Should().ContainSingle().Which.Should().Contain("X-Forwarded-Host: inner");
    }

    [Fact]
    public async Task TooManyFields_Are431AndTheConnectionGoesOn()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await StartAsync(instance);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendFieldsAsync(1, isLast: true, [.. Get, .. Enumerable.Range(0, 101).Select(static i => ($"x-{i}", "y"))]);
        await client.ReadEndingAsync(1);
        await client.SendRequestAsync(3, "GET", HostileExchange.Next, isLast: true);

        (await client.ReadEndingAsync(3)).Body.Should().Be(HostileExchange.Next);
        instance.Requests.Should().ContainSingle();
        JsonElement line = await gateway.LogLineAsync(static line => line.GetProperty("status_code").GetInt32() == 431);
        line.GetProperty("error").GetString().Should().Be("header_too_large");
    }

    private static async Task IsLoggedOnceAsync(TestGateway gateway, HostileHttp2 request, bool goesOn)
    {
        if (request.Reason is not null)
        {
            JsonElement line = await gateway.LogLineAsync(static line => line.GetProperty("path").GetString() != HostileExchange.Next);
            (line.GetProperty("status_code").GetInt32(), line.GetProperty("error").GetString()).Should().Be((request.Status, request.Reason));
            line.GetProperty("client_ip").GetString().Should().Be("127.0.0.1");
        }

        if (goesOn)
        {
            await gateway.LogLineAsync(static line => line.GetProperty("path").GetString() == HostileExchange.Next);
        }

        gateway.AccessLines.Should().HaveCount((request.Reason is null ? 0 : 1) + (goesOn ? 1 : 0));
    }

    private static Task<TestGateway> StartAsync(RecordingInstance instance) =>
        TestGateway.StartAsync(TestOptions.For(instance.Url), null, Http2Client.PriorKnowledge);
}
