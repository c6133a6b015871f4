using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Wire;

[Collection(nameof(MeasuredAlone))]
public sealed class StreamingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task EventStream_EachEventReachesTheClientAtOnce()
    {
        var next = new SemaphoreSlim(0);
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.Body.FlushAsync();
            for (int i = 0; i < 3; i++)
            {
                await next.WaitAsync(Patience);
                await http.Response.WriteAsync($"data: {i}\n\n");
                await http.Response.Body.FlushAsync();
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        // The headers come while the service has not yet written a byte of its body.
        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        for (int i = 0; i < 3; i++)
        {
            next.Release();
            (await client.ReadUntilAsync($"data: {i}\n\n")).Should().NotContain($"data: {i + 1}");
        }

        (await client.ReadToEndAsync()).Should().EndWith("0\r\n\r\n");
    }

    [Fact]
    public async Task EventStream_OutlivesTheTotalTimeout()
    {
        var go = new TaskCompletionSource();
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: first\n\n");
            await http.Response.Body.FlushAsync();
            await go.Task.WaitAsync(Patience);
            await http.Response.WriteAsync("data: last\n\n");
        });
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { Total = TimeSpan.FromSeconds(5), Idle = TimeSpan.FromHours(1) } }, instance.Url), clock);
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n");
        await client.ReadUntilAsync("first");
        clock.Advance(TimeSpan.FromMinutes(10));
        go.SetResult();

        (await client.ReadToEndAsync()).Should().Contain("data: last").And.EndWith("0\r\n\r\n");
    }

    [Fact]
    public async Task ChunkedUpload_EachChunkReachesTheServiceAtOnce()
    {
        var arrived = new System.Collections.Concurrent.BlockingCollection<string>();
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            while (true)
            {
                ReadResult read = await http.Request.BodyReader.ReadAsync();
                if (read.Buffer.Length > 0)
                {
                    arrived.Add(System.Text.Encoding.ASCII.GetString(read.Buffer.ToArray()));
                }

                http.Request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (string piece in new[] { "one", "two", "three" })
        {
            await client.SendAsync($"{piece.Length:x}\r\n{piece}\r\n");
            string? seen = await Task.Run(() => arrived.TryTake(out string? item, Patience) ? item : null);
            seen.Should().Be(piece);
        }

        await client.SendAsync("0\r\n\r\n");
        (await client.ReadUntilAsync("\r\n\r\n")).Should().StartWith("HTTP/1.1 200 ");
    }

    [Fact]
    public async Task LargeBodiesBothWays_ArriveByteForByteInFlatMemory()
    {
        const long Size = 256L << 20;
        byte[] sent = [], returned = [];
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            if (HttpMethods.IsPost(http.Request.Method))
            {
                sent = await SHA256.HashDataAsync(http.Request.Body);
                return;
            }

            http.Response.ContentLength = Size;
            using Stream source = new PatternStream(Size);
            await source.CopyToAsync(http.Response.Body);
        });
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { MaxRequestBodyBytes = 0 }));
        byte[] expected;
        using (var pattern = new PatternStream(Size))
        {
            expected = await SHA256.HashDataAsync(pattern);
        }

        long before = GC.GetTotalMemory(forceFullCollection: true);
        using (var body = new PatternStream(Size))
        using (HttpResponseMessage uploaded = await gateway.SendAsync(HttpMethod.Post, "/", new StreamContent(body)))
        {
            uploaded.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        using (HttpResponseMessage download = await gateway.GetAsync("/"))
        {
            returned = await SHA256.HashDataAsync(await download.Content.ReadAsStreamAsync());
        }

        sent.Should().Equal(expected);
        returned.Should().Equal(expected);
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(32 << 20);
    }

    [Theory]
    [InlineData("Content-Length: 1000000", "a piece")]
    [InlineData("Transfer-Encoding: chunked", "7\r\na piece\r\n")]
    public async Task AnswerBeforeTheBodyIsRead_OfAnHttp2ServiceReachesTheClientAtOnceAndTheRequestEnds(string framing, string piece)
    {
        await using TestInstance instance = await TestInstance.StartAsync(
            async http =>
            {
                await http.Request.Body.ReadAtLeastAsync(new byte[7], 7);
                http.Response.StatusCode = StatusCodes.Status403Forbidden;
                http.Response.ContentLength = 2;
                await http.Response.WriteAsync("no");
            },
            Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http2);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(new ServiceOptions { Http2 = true }, instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: early\r\n{framing}\r\n\r\n{piece}");
        (string head, string body) = await client.ReadResponseAsync();

        head.Should().StartWith("HTTP/1.1 403 ");
        body.Should().Be("no");
        (await gateway.LogLineAsync("early")).GetProperty("bytes_in").GetInt64().Should().Be(7);
    }

    [Theory]
    [InlineData(1000, HttpStatusCode.OK)]
    [InlineData(1001, HttpStatusCode.RequestEntityTooLarge)]
    public async Task BodyWithALength_OnTheLimitPassesAndOneByteOverIs413(int size, HttpStatusCode status)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { MaxRequestBodyBytes = 1000 }));

        using HttpResponseMessage response = await gateway.SendAsync(HttpMethod.Post, "/", new ByteArrayContent(new byte[size]));

        response.StatusCode.Should().Be(status);
        instance.Requests.Should().Be(status == HttpStatusCode.OK ? 1 : 0);
    }

    [Theory]
    [InlineData(1000, "200")]
    [InlineData(1001, "413")]
    public async Task ChunkedBody_OnTheLimitPassesAndOneByteOverIs413(int size, string status)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { MaxRequestBodyBytes = 1000 }));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n{size:x}\r\n{new string('a', size)}\r\n0\r\n\r\n");

        (await client.ReadUntilAsync("\r\n\r\n")).Should().StartWith($"HTTP/1.1 {status} ");
    }

    /// <summary>Bytes that are cheap to make and differ from block to block.</summary>
    private sealed class PatternStream(long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _position; set => _position = value; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, length - _position);
            for (int i = 0; i < count; i++)
            {
                long at = _position + i;
                buffer[i] = (byte)(at ^ (at >> 8) ^ (at >> 16));
            }

            _position += count;
            return count;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
