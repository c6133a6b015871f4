using System.Text.Json;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>Malformed and misleading requests: each is refused with the right status, reaches no instance, and leaves its connection
/// in step or closed.</summary>
public sealed class StrictRequestTests
{
    public static TheoryData<string> RequestLines => [.. HostileRequests.RequestLines.Keys];

    public static TheoryData<string> Headers => [.. HostileRequests.Headers.Keys];

    public static TheoryData<string> Framing => [.. HostileRequests.Framing.Keys];

    public static TheoryData<string> Paths => [.. HostileRequests.Paths.Keys];

    [Theory]
    [MemberData(nameof(RequestLines))]
    public Task RequestLine_IsRefused(string proves) => IsRefusedAsync(HostileRequests.RequestLines[proves]);

    [Theory]
    [MemberData(nameof(Headers))]
    public Task Header_IsRefused(string proves) => IsRefusedAsync(HostileRequests.Headers[proves]);

    [Theory]
    [MemberData(nameof(Framing))]
    public Task Framing_IsRefused(string proves) => IsRefusedAsync(HostileRequests.Framing[proves]);

    [Theory]
    [MemberData(nameof(Paths))]
    public Task Path_IsRefused(string proves) => IsRefusedAsync(HostileRequests.Paths[proves]);

    private static async Task IsRefusedAsync(HostileRequest request)
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        HostileExchange exchange = await HostileExchange.PlayAsync(gateway.Address.Port, request.Bytes);

        exchange.Status.Should().Be(request.Status);
        exchange.InStep.Should().BeTrue("the next request on the connection is answered by itself, or the connection ends");
        instance.Garbage.Should().BeEmpty();
        instance.Requests.Select(static seen => seen.Split("\r\n")[0]).Should()
            .Equal(exchange.Closed ? [] : [$"GET {HostileExchange.Next} HTTP/1.1"]);
        JsonElement line = await gateway.LogLineAsync(line => line.GetProperty("path").GetString() != HostileExchange.Next);
        line.GetProperty("status_code").GetInt32().Should().Be(request.Status);
        line.GetProperty("error").GetString().Should().Be(request.Reason);
        line.GetProperty("client_ip").GetString().Should().Be("127.0.0.1");
        if (!exchange.Closed)
        {
            await gateway.LogLineAsync(line => line.GetProperty("path").GetString() == HostileExchange.Next);
        }

        gateway.AccessLines.Should().HaveCount(exchange.Closed ? 1 : 2);
    }
}
