using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Wire;

/// <summary>An upgraded connection byte for byte: scripts at both ends.</summary>
public sealed class UpgradeRelayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task PingAndPong_AndBytesThatAreNoFramesAtAll_PassUntouched()
    {
        string all = WebSockets.Frame(9, "are you there", masked: true) + WebSockets.Frame(10, "yes", masked: false)
            + string.Concat(Enumerable.Range(0, 256).Select(static value => (char)value));
        await using ScriptedInstance instance = Instance(async connection => await connection.SendAsync(await connection.ReadExactlyAsync(all.Length)));
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await OpenAsync(gateway);

        await client.SendAsync(all);

        (await client.ReadExactlyAsync(all.Length)).Should().Be(all);
    }

    [Fact]
    public async Task ClientThatEndsItsDirection_TheInstanceLearnsItAndStillAnswers()
    {
        await using ScriptedInstance instance = Instance(async connection =>
        {
            string all = await connection.ReadToEndAsync();
            await connection.SendAsync($"{all.Length} bytes, ");
            await connection.SendAsync(new string('x', 1 << 20));
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await OpenAsync(gateway, "half");

        await client.SendAsync(new string('a', 1 << 20));
        client.CloseWriting();

        string answer = await client.ReadToEndAsync();
        answer.Should().StartWith("1048576 bytes, ").And.HaveLength("1048576 bytes, ".Length + (1 << 20));
        JsonElement line = await gateway.LogLineAsync("half");
        line.TryGetProperty("error", out _).Should().BeFalse();
        (line.GetProperty("bytes_in").GetInt64(), line.GetProperty("bytes_out").GetInt64()).Should().Be((1 << 20, answer.Length));
    }

    [Fact]
    public async Task InstanceThatEndsItsDirection_AllItSaidReachesTheClientAndThenTheEnd()
    {
        await using ScriptedInstance instance = Instance(async connection =>
        {
            await connection.SendAsync(new string('x', 1 << 20));
            connection.CloseWriting();
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await OpenAsync(gateway, "their-end");

        (await client.ReadToEndAsync()).Should().HaveLength(1 << 20);
        (await gateway.LogLineAsync("their-end")).TryGetProperty("error", out _).Should().BeFalse();
    }

    [Fact]
    public async Task InstanceThatResets_IsUpstreamReset()
    {
        await using ScriptedInstance instance = Instance(async connection =>
        {
            await connection.ReadExactlyAsync(1);
            connection.Reset();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await OpenAsync(gateway, "reset");

        await client.SendAsync("x");
        await client.ReadToEndAsync();

        JsonElement line = await gateway.LogLineAsync("reset");
        (line.GetProperty("status_code").GetInt32(), line.GetProperty("error").GetString()).Should().Be((101, "upstream_reset"));
    }

    [Theory]
    [InlineData(false, "client_closed")]
    [InlineData(true, null)]
    public async Task ClientThatResets_IsClientClosedUnlessItHadSaidClose(bool saysClose, string? error)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedInstance instance = Instance(async connection =>
        {
            await connection.ReadExactlyAsync(8);
            await connection.SendAsync("!");
            await connection.ReadToEndAsync();
            left.SetResult();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await OpenAsync(gateway, "left");

        await client.SendAsync(WebSockets.Frame(saysClose ? 8 : 1, "\u0003\u00e8", masked: true));
        await client.ReadExactlyAsync(1);
        client.Reset();

        await left.Task.WaitAsync(Patience);
        JsonElement line = await gateway.LogLineAsync("left");
        (line.TryGetProperty("error", out JsonElement reason) ? reason.GetString() : null).Should().Be(error);
        SpinWait.SpinUntil(() => gateway.ActiveRequests == 0, Patience).Should().BeTrue();
    }

    [Fact]
    public async Task Silence_EndsAtTheIdleTimeoutWhileAByteEitherWayResetsIt()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        var say = new SemaphoreSlim(0);
        await using ScriptedInstance instance = Instance(async connection =>
        {
            await say.WaitAsync();
            await connection.SendAsync("1");
            await connection.ReadUntilAsync("2");
            await connection.SendAsync("3");
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { Idle = TimeSpan.FromSeconds(60), Total = TimeSpan.FromSeconds(30) } }, instance.Url), clock);
        using RawConnection client = await OpenAsync(gateway, "idle");

        clock.Advance(TimeSpan.FromSeconds(59));
        say.Release();
        await client.ReadUntilAsync("1");
        clock.Advance(TimeSpan.FromSeconds(59));
        await client.SendAsync("2");
        await client.ReadUntilAsync("3");
        clock.Advance(TimeSpan.FromSeconds(59));
        client.Received.Should().BeEmpty();
        clock.Advance(TimeSpan.FromSeconds(2));
        await client.ReadToEndAsync();

        JsonElement line = await gateway.LogLineAsync("idle");
        (line.GetProperty("status_code").GetInt32(), line.GetProperty("error").GetString()).Should().Be((101, "upstream_timeout"));
    }

    [Fact]
    public async Task SilentInstance_FirstByteTimeoutHoldsUntilThe101()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            asked.SetResult();
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url), clock);
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync(WebSockets.Request());
        await asked.Task.WaitAsync(Patience);
        clock.Advance(new TimeoutOptions().FirstByte);

        (await client.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 504 ");
    }

    private static ScriptedInstance Instance(Func<RawConnection, Task> talk) => new(async connection =>
    {
        await connection.ReadUntilAsync("\r\n\r\n");
        await connection.SendAsync(WebSockets.Accepted);
        await talk(connection);
    });

    private static async Task<RawConnection> OpenAsync(TestGateway gateway, string correlationId = "ws")
    {
        RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync(WebSockets.Request(correlationId));
        (await client.ReadUntilAsync("\r\n\r\n")).Should().StartWith("HTTP/1.1 101 ").And.Contain($"Sec-WebSocket-Accept: {WebSockets.Accept}\r\n");
        return client;
    }
}
