using System.Text;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Wire;

/// <summary>Request and response flow at the same time, over HTTP/2 on both sides.</summary>
public sealed class DuplexTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task EachWrite_ReachesTheOtherSideAtOnce()
    {
        await using TestInstance instance = await TestInstance.StartAsync(TestInstance.StreamBackAsync, HttpProtocols.Http2);
        await using TestGateway gateway = await Http2Tests.StartAsync(instance, HttpProtocols.Http2);
        using var client = new Http2Client(gateway.Address);
        using var body = new DuplexContent();

        // The answer begins while not a byte of the request's body has been written.
        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Post, "/", body);
        await using Stream answer = await response.Content.ReadAsStreamAsync();
        foreach (string word in new[] { "one", "two", "three" })
        {
            await body.WriteAsync(word);
            (await ReadAsync(answer, word.Length)).Should().Be(word);
        }

        body.End();
        (await answer.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience)).Should().Be(0);
    }

    [Fact]
    public async Task RequestThatIsClosedFirst_LeavesTheResponseOpen()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance instance = await TestInstance.StartAsync(
            async http =>
            {
                await http.Response.Body.FlushAsync();
                await http.Request.Body.CopyToAsync(Stream.Null);
                closed.SetResult();
                await go.Task.WaitAsync(Patience);
                await http.Response.WriteAsync("after");
            },
            HttpProtocols.Http2);
        await using TestGateway gateway = await Http2Tests.StartAsync(instance, HttpProtocols.Http2);
        using var client = new Http2Client(gateway.Address);
        using var body = new DuplexContent();

        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Post, "/", body);
        await body.WriteAsync("before");
        body.End();
        await closed.Task.WaitAsync(Patience);
        go.SetResult();

        (await response.Content.ReadAsStringAsync().WaitAsync(Patience)).Should().Be("after");
    }

    [Fact]
    public async Task ResponseThatIsClosedFirst_LeavesTheRequestOpen()
    {
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance instance = await TestInstance.StartAsync(
            async http =>
            {
                await http.Response.WriteAsync("whole");
                await http.Response.CompleteAsync();
                using var reader = new StreamReader(http.Request.Body);
                received.SetResult(await reader.ReadToEndAsync());
            },
            HttpProtocols.Http2);
        await using TestGateway gateway = await Http2Tests.StartAsync(instance, HttpProtocols.Http2);
        using var client = new Http2Client(gateway.Address);
        using var body = new DuplexContent();

        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Post, "/", body, default, ("X-Correlation-ID", "half"));
        (await response.Content.ReadAsStringAsync().WaitAsync(Patience)).Should().Be("whole");
        await body.WriteAsync("still ");
        await body.WriteAsync("here");
        body.End();

        (await received.Task.WaitAsync(Patience)).Should().Be("still here");
        (await gateway.LogLineAsync("half")).GetProperty("bytes_in").GetInt64().Should().Be(10);
    }

    [Fact]
    public async Task ServiceThatWantsNoMoreOfTheRequest_EndsItForTheClientToo()
    {
        await using TestInstance instance = await TestInstance.StartAsync(static http => http.Response.WriteAsync("enough"), HttpProtocols.Http2);
        await using TestGateway gateway = await Http2Tests.StartAsync(instance, HttpProtocols.Http2);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendRequestAsync(1, "POST", "/", isLast: false, ("x-correlation-id", "enough"));
        string answer = await client.ReadBodyAsync(1);
        Http2Frame reset = await client.ReadAsync(static frame => frame is { Stream: 1, Type: Http2FrameType.RstStream });

        answer.Should().Be("enough");
        reset.Payload.Should().OnlyContain(static b => b == 0, "nothing went wrong (RFC 9113 §8.1)");
        (await gateway.LogLineAsync("enough")).TryGetProperty("error", out _).Should().BeFalse();
    }

    /// <summary>Neither side reads until the other can write no more: all windows are full, and all of it arrives once they read.</summary>
    [Fact]
    public async Task FullWindowsBothWays_HoldTheWritersBackAndLoseNothing()
    {
        const int Size = 32 << 20;
        await using TestInstance instance = await TestInstance.StartAsync(TestInstance.StreamBackAsync, HttpProtocols.Http2);
        await using TestGateway gateway = await Http2Tests.StartAsync(instance, HttpProtocols.Http2);
        using var client = new Http2Client(gateway.Address);
        using var body = new DuplexContent();
        long written = 0;

        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Post, "/", body);
        Task writing = Task.Run(async () =>
        {
            byte[] piece = new byte[64 << 10];
            for (int at = 0; at < Size; at += piece.Length)
            {
                Array.Fill(piece, (byte)(at >> 16));
                await body.WriteAsync(piece);
                Interlocked.Add(ref written, piece.Length);
            }

            body.End();
        });
        SpinWait.SpinUntil(() => Interlocked.Read(ref written) >= 1 << 20, Patience).Should().BeTrue();

        await using Stream answer = await response.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[64 << 10];
        for (int at = 0; at < Size; at += buffer.Length)
        {
            await answer.ReadExactlyAsync(buffer).AsTask().WaitAsync(Patience);
            buffer.AsSpan().ContainsAnyExcept((byte)(at >> 16)).Should().BeFalse();
        }

        await writing.WaitAsync(Patience);
        (await answer.ReadAsync(buffer).AsTask().WaitAsync(Patience)).Should().Be(0);
    }

    private static async Task<string> ReadAsync(Stream stream, int count)
    {
        byte[] bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Patience);
        return Encoding.ASCII.GetString(bytes);
    }
}
