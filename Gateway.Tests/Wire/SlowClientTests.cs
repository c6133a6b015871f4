using System.Net.Sockets;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Wire;

/// <summary>Clients that hold on to the gateway by being slow, or by being there: each is ended by its limit and costs little until then.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class SlowClientTests
{
    /// <summary>The shortest grace that Kestrel takes, which looks once a second.</summary>
    private static readonly MinDataRate Impatient = new(1_000_000, TimeSpan.FromSeconds(1.001));

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("Content-Length: 10", "hello")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nhello\r\n")]
    public async Task SlowBody_Is408AndTheInstanceGetsNoWholeRequest(string framing, string half)
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartHereAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1 } }, instance.Url));
        gateway.Server.PublicLimits.MinRequestBodyDataRate = Impatient;
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"POST /slow HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: slow\r\n{framing}\r\n\r\n{half}");
        string all = await client.ReadToEndAsync();

        all.Should().StartWith("HTTP/1.1 408 ").And.Contain("\"reason\":\"bad_request\"");
        instance.Requests.Should().BeEmpty();
        JsonElement line = await gateway.LogLineAsync("slow");
        (line.GetProperty("status_code").GetInt32(), line.GetProperty("error").GetString()).Should().Be((408, "bad_request"));
        (await gateway.GetAsync("/next").ShouldBeOkAsync()).Should().Be("/next", "a client's slowness counts against no instance");
    }

    [Fact]
    public async Task SlowReader_IsEndedByTheDataRateAndHoldsNoAnswerInMemory()
    {
        const int Size = 256 << 20;
        long sent = 0;
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            http.Response.ContentLength = Size;
            byte[] piece = new byte[1 << 16];
            while (sent < Size && !(await http.Response.BodyWriter.WriteAsync(piece, http.RequestAborted)).IsCompleted)
            {
                sent += piece.Length;
            }
        });
        await using TestGateway gateway = await TestGateway.StartHereAsync(TestOptions.For(instance.Url));
        gateway.Server.PublicLimits.MinResponseDataRate = Impatient;
        using RawConnection client = await gateway.ConnectAsync();
        long before = GC.GetTotalMemory(forceFullCollection: true);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: stuck\r\n\r\n");
        JsonElement line = await gateway.LogLineAsync("stuck");

        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(Size / 8, "other tests use memory meanwhile");
        Volatile.Read(ref sent).Should().BeLessThan(Size / 4, "the instance is held back, too; the rest lies in the buffers of sockets");
        line.GetProperty("error").GetString().Should().Be("client_closed");
        SpinWait.SpinUntil(() => gateway.ActiveRequests == 0, Patience).Should().BeTrue();
    }

    [Fact]
    public async Task SlowReader_WithoutADataRateIsEndedByTheIdleTimeout()
    {
        await using TestInstance instance = await TestInstance.StartAsync(static async http =>
        {
            byte[] piece = new byte[1 << 16];
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(piece, http.RequestAborted);
            }
        });
        await using TestGateway gateway = await TestGateway.StartHereAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { Idle = TimeSpan.FromMilliseconds(300) } }, instance.Url));
        gateway.Server.PublicLimits.MinResponseDataRate = null;
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: stuck\r\n\r\n");
        await gateway.LogLineAsync("stuck");

        SpinWait.SpinUntil(() => gateway.ActiveRequests == 0, Patience).Should().BeTrue();
        (await client.ReadToEndAsync()).Should().NotEndWith("0\r\n\r\n", "what was cut short must not look whole");
    }

    [Fact]
    public async Task IdleConnection_IsEndedByItsLimitWithoutALine()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartHereAsync(TestOptions.For(instance.Url));
        gateway.Server.PublicLimits.KeepAliveTimeout = TimeSpan.FromMilliseconds(1);
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET /once HTTP/1.1\r\nHost: g\r\n\r\n");
        await client.ReadResponseAsync();

        (await client.ReadToEndAsync()).Should().BeEmpty();
        gateway.AccessLines.Should().ContainSingle();
    }

    /// <summary>Half of them have asked once, half have said nothing yet, as an attacker would have it.</summary>
    [Fact]
    public async Task TwoThousandIdleConnections_CostLittleEachAndOthersAreServed()
    {
        const int Connections = 2_000;
        const long BytesEach = 20_000;
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        await gateway.GetToTheEndAsync("/warm");
        var idle = new List<Socket>(Connections);
        try
        {
            long before = GC.GetTotalMemory(forceFullCollection: true);
            byte[] request = "GET /once HTTP/1.1\r\nHost: g\r\n\r\n"u8.ToArray();
            byte[] answer = new byte[1024];
            for (int i = 0; i < Connections; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                idle.Add(socket);
                await socket.ConnectAsync("127.0.0.1", gateway.Address.Port);
                if (i % 2 == 0)
                {
                    await socket.SendAsync(request);
                    (await socket.ReceiveAsync(answer)).Should().BePositive();
                }
            }

            long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Connections;

            each.Should().BeLessThan(BytesEach, "both ends and the log of this test counted");
            (await gateway.GetAsync("/meanwhile").ShouldBeOkAsync()).Should().Be("/meanwhile");
        }
        finally
        {
            idle.ForEach(static socket => socket.Dispose());
        }

        (await gateway.GetAsync("/after").ShouldBeOkAsync()).Should().Be("/after");
    }
}
