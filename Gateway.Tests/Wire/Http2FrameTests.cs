using System.Text.Json;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Wire;

/// <summary>Frames that no client sends, and floods of those that one may: the connection ends or is held back, and nobody else notices.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class Http2FrameTests
{
    /// <summary>What a flood of some megabytes may leave behind in the gateway and this client together, in bytes.</summary>
    private const long FlatMemory = 8 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The fewest bytes a second, and the shortest grace: Kestrel looks once a second.</summary>
    private static readonly MinDataRate Impatient = new(1_000_000, TimeSpan.FromSeconds(1.001));

    private static readonly byte[] Get = Http2Connection.Block((":method", "GET"), (":scheme", "http"), (":path", "/case"), (":authority", "g"));

    public static TheoryData<string> Broken => [.. BrokenFrames.All.Keys];

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task BrokenFrame_EndsItsConnectionOrStreamWithTheRightCode(string proves)
    {
        BrokenFrames broken = BrokenFrames.All[proves];
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await StartAsync(instance.Url);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendAsync(broken.Bytes);
        Http2Ending ending = await client.ReadEndingAsync(1);

        (broken.Resets ? ending.Reset : ending.GoAway).Should().Be(broken.Code);
        instance.Garbage.Should().BeEmpty();
        if (broken.Reason is not null)
        {
            JsonElement line = await gateway.LogLineAsync(line => line.TryGetProperty("error", out JsonElement reason) && reason.GetString() == broken.Reason);
            line.GetProperty("client_ip").GetString().Should().Be("127.0.0.1");
        }

        await IsServedAsync(gateway);
    }

    [Fact]
    public async Task PrefaceThatIsNone_EndsTheConnection()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await StartAsync(instance.Url);
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
        await client.ReadToEndAsync();

        instance.Requests.Should().BeEmpty();
        await IsServedAsync(gateway);
    }

    /// <summary>CVE-2023-44487: a stream that is reset at once costs the client nothing and the gateway an attempt.</summary>
    [Fact]
    public async Task RapidReset_IsHeldToTheConnectionsStreamsAndOthersAreServed()
    {
        const int Streams = 5_000;
        await using var silent = new ScriptedInstance(static connection => connection.ReadToEndAsync());
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(silent.Url), null, Http2Client.PriorKnowledge);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);
        var attack = new MemoryStream();
        for (int i = 0; i < Streams; i++)
        {
            attack.Write(Http2Connection.Frame(Http2FrameType.Headers, 5, (2 * i) + 1, Get));
            attack.Write(Http2Connection.Frame(Http2FrameType.RstStream, 0, (2 * i) + 1, [0, 0, 0, 8]));
        }

        Task<bool> attacking = client.SendAsync(attack.ToArray());
        int most = 0;
        while (!attacking.IsCompleted)
        {
            most = Math.Max(most, gateway.ActiveRequests);
            await IsHealthyAsync(gateway);
        }

        most.Should().BeLessThanOrEqualTo(200, "a connection has 100 streams, and as many that are still being cleaned up");
        await IsHealthyAsync(gateway);
        (await Eventually.BecomesAsync(() => Task.FromResult(gateway.ActiveRequests), static active => active == 0)).Should().Be(0);
        await gateway.LogLineAsync(static _ => true);
        gateway.AccessLines.Should().OnlyContain(static line => line.GetProperty("status_code").GetInt32() < 500);
    }

    [Fact]
    public async Task StreamsBeyondTheLimit_AreRefusedWithoutAnAttempt()
    {
        await using var silent = new ScriptedInstance(static connection => connection.ReadToEndAsync());
        await using TestGateway gateway = await StartAsync(silent.Url);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        for (int i = 0; i < 100; i++)
        {
            await client.SendAsync(Http2FrameType.Headers, 5, (2 * i) + 1, Get);
        }

        await client.SendAsync(Http2FrameType.Headers, 5, 201, Get);

        (await client.ReadEndingAsync(201)).Reset.Should().Be(Http2Error.RefusedStream, "so that a client knows that it may send it again");
        gateway.ActiveRequests.Should().BeLessThanOrEqualTo(100);
    }

    /// <summary>CVE-2024-27983 and its kin: a field section that never ends.</summary>
    [Fact]
    public async Task ContinuationFlood_EndsTheConnectionAtTheLimitOfHeaders()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await StartAsync(instance.Url);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);
        byte[] piece = Http2Connection.Frame(Http2FrameType.Continuation, 0, 1, Http2Connection.Block(("x", new string('y', 1000))));

        await client.SendAsync(Http2FrameType.Headers, 1, 1, Get);
        for (int i = 0; i < 100 && await client.SendAsync(piece); i++)
        {
        }

        (await client.ReadEndingAsync(1)).GoAway.Should().BeOneOf([Http2Error.Protocol, Http2Error.None], "the rest of the flood may have been met by a reset");
        instance.Requests.Should().BeEmpty();
        (await gateway.LogLineAsync(static _ => true)).GetProperty("error").GetString().Should().Be("header_too_large");
        await IsServedAsync(gateway);
    }

    [Fact]
    public async Task EmptyContinuationsWithoutEnd_EndWithTheTimeForHeaders()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await StartHereAsync(instance.Url);
        gateway.Server.PublicLimits.RequestHeadersTimeout = TimeSpan.FromMilliseconds(1);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);
        byte[] pieces = [.. Enumerable.Repeat(Http2Connection.Frame(Http2FrameType.Continuation, 0, 1, []), 10_000).SelectMany(static frame => frame)];

        await client.SendAsync(Http2FrameType.Headers, 1, 1, Get);
        await client.SendAsync(pieces);

        (await client.ReadEndingAsync(1)).GoAway.Should().NotBeNull();
        instance.Requests.Should().BeEmpty();
        await IsServedAsync(gateway);
    }

    [Theory]
    [InlineData("SETTINGS")]
    [InlineData("PING")]
    [InlineData("PRIORITY")]
    [InlineData("empty DATA")]
    [InlineData("WINDOW_UPDATE")]
    public async Task Flood_OfAClientThatReadsNothingLeavesMemoryFlatAndOthersServed(string of)
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await StartHereAsync(instance.Url);
        gateway.Server.PublicLimits.MinResponseDataRate = Impatient;
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);
        await client.SendAsync(Http2FrameType.Headers, 4, 1, Http2Connection.Block((":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "g")));
        byte[] one = of switch
        {
            "SETTINGS" => Http2Connection.Frame(Http2FrameType.Settings, 0, 0, [0, 3, 0, 0, 0, 100]),
            "PING" => Http2Connection.Frame(Http2FrameType.Ping, 0, 0, new byte[8]),
            "PRIORITY" => Http2Connection.Frame(Http2FrameType.Priority, 0, 3, [0, 0, 0, 0, 1]),
            "WINDOW_UPDATE" => Http2Connection.Frame(Http2FrameType.WindowUpdate, 0, 0, [0, 0, 0, 1]),
            _ => Http2Connection.Frame(Http2FrameType.Data, 0, 1, []),
        };
        byte[] thousand = [.. Enumerable.Repeat(one, 1_000).SelectMany(static frame => frame)];
        long before = GC.GetTotalMemory(forceFullCollection: true);

        // A flood that is answered comes to a halt when the answers are not read; the others are taken as they come.
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await SendManyAsync(client, thousand, times: 500, enough.Token);

        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(FlatMemory);
        await IsServedAsync(gateway);
    }

    /// <summary>A client that opens no window lets no answer out: it is ended by the data rate, and its request with it.</summary>
    [Fact]
    public async Task WindowThatIsNeverOpened_EndsByTheDataRate()
    {
        await using TestInstance instance = await TestInstance.StartAsync(static http => http.Response.Body.WriteAsync(new byte[1 << 20]).AsTask());
        await using TestGateway gateway = await StartHereAsync(instance.Url);
        gateway.Server.PublicLimits.MinResponseDataRate = Impatient;
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendFieldsAsync(1, isLast: true, (":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "g"), ("x-correlation-id", "stuck"));
        Http2Ending ending = await client.ReadEndingAsync(1);

        ending.Body.Should().BeNull("a window of 65,535 bytes is not the whole");
        (await gateway.LogLineAsync("stuck")).GetProperty("error").GetString().Should().Be("client_closed");
        gateway.Circuit.Should().Be(CircuitState.Closed);
    }

    private static async Task SendManyAsync(Http2Connection client, byte[] bytes, int times, CancellationToken stop)
    {
        try
        {
            for (int i = 0; i < times && await client.SendAsync(bytes, stop); i++)
            {
            }
        }
        catch (OperationCanceledException)
        {
            // Held back: that is one way of being safe.
        }
    }

    private static Task<TestGateway> StartAsync(string url) => TestGateway.StartAsync(TestOptions.For(url), null, Http2Client.PriorKnowledge);

    private static Task<TestGateway> StartHereAsync(string url) => TestGateway.StartHereAsync(TestOptions.For(url), Http2Client.PriorKnowledge);

    private static async Task IsServedAsync(TestGateway gateway)
    {
        using var client = new Http2Client(gateway.Address);
        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, HostileExchange.Next);
        (await response.Content.ReadAsStringAsync()).Should().Be(HostileExchange.Next);
    }

    private static async Task IsHealthyAsync(TestGateway gateway)
    {
        using var client = new Http2Client(gateway.Address);
        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, "/health/live").WaitAsync(Patience);
        ((int)response.StatusCode).Should().Be(200);
    }
}
