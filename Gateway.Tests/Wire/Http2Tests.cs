using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Wire;

public sealed class Http2Tests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task PriorKnowledge_ReachesInstancesOfBothVersions(HttpProtocols protocols)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync(protocols);
        await using TestGateway gateway = await StartAsync(instance, protocols);
        using var client = new Http2Client(gateway.Address);

        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Post, "/a%20b?q=%41", new StringContent("body"));
        string seen = await response.Content.ReadAsStringAsync();

        response.Version.Should().Be(HttpVersion.Version20);
        response.Headers.Via.Single().ToString().Should().Be(protocols == HttpProtocols.Http2 ? "2.0 gateway" : "1.1 gateway");
        seen.Should().StartWith("POST /a%20b?q=%41\n").And.EndWith("\n\nbody").And.Contain("\nVia: 2.0 gateway\n")
            .And.ContainEquivalentOf($"\nX-Forwarded-Host: 127.0.0.1:{gateway.Address.Port}\n").And.ContainEquivalentOf("\nX-Forwarded-Proto: http\n");
    }

    [Theory]
    [InlineData(1, "1.1")]
    [InlineData(2, "2.0")]
    public async Task Tls_SpeaksTheVersionThatAlpnChose(int version, string via)
    {
        using var tls = new TestCertificate();
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url), null, tls.Endpoint("Http1AndHttp2"));
        using var client = new Http2Client(gateway.Address, version == 2 ? HttpVersion.Version20 : HttpVersion.Version11, tls.Certificate);

        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, "/");

        response.Version.Major.Should().Be(version);
        (await response.Content.ReadAsStringAsync()).Should().ContainAll($"\nVia: {via} gateway\n", "\nX-Forwarded-Proto: https\n");
    }

    [Fact]
    public async Task CookieInSeveralFields_IsOneFieldForAnHttp1Instance()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await StartAsync(instance);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendRequestAsync(1, "GET", "/", isLast: true, ("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3"));

        (await client.ReadBodyAsync(1)).Should().Contain("\nCookie: a=1; b=2; c=3\n");
    }

    [Fact]
    public async Task PseudoHeaders_AreNoHeadersForTheInstanceAndAuthorityIsTheHost()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await StartAsync(instance);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendRequestAsync(1, "GET", "/", isLast: true, ("host", "other"));
        string seen = await client.ReadBodyAsync(1);

        seen.Should().Contain("\nX-Forwarded-Host: g\n").And.NotContain("other").And.NotContain("\n:");
    }

    [Fact]
    public async Task HopByHopHeadersOfAnHttp1Instance_DoNotReachTheClient()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 200 Fine\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\n"
                + "Proxy-Connection: keep-alive\r\nX-Kept: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url), null, Http2Client.PriorKnowledge);
        using var client = new Http2Client(gateway.Address);

        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, "/");

        (await response.Content.ReadAsStringAsync()).Should().Be("ok");
        response.Headers.NonValidated.Select(static header => header.Key.ToUpperInvariant())
            .Should().BeEquivalentTo("X-KEPT", "DATE", "VIA", "X-CORRELATION-ID");
        response.Content.Headers.NonValidated.Should().BeEmpty();
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task StreamThatTheClientResets_IsCancelledAtTheInstanceAndTheConnectionGoesOn(HttpProtocols protocols)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance instance = await TestInstance.StartAsync(
            async http =>
            {
                if (http.Request.Path == "/wait")
                {
                    http.RequestAborted.Register(left.SetResult);
                    arrived.SetResult();
                    await left.Task;
                }
            },
            protocols);
        await using TestGateway gateway = await StartAsync(instance, protocols);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendRequestAsync(1, "GET", "/wait", isLast: true, ("x-correlation-id", "gone"));
        await arrived.Task.WaitAsync(Patience);
        await client.ResetAsync(1);
        await left.Task.WaitAsync(Patience);
        await client.SendRequestAsync(3, "GET", "/", isLast: true);
        await client.ReadAsync(frame => frame is { Stream: 3, EndsStream: true });

        JsonElement line = await gateway.LogLineAsync("gone");
        line.GetProperty("status_code").GetInt32().Should().Be(499);
        line.GetProperty("error").GetString().Should().Be("client_closed");
    }

    [Fact]
    public async Task Error_IsAProblemDocument()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(ScriptedInstance.UnusedUrl()), null, Http2Client.PriorKnowledge);
        using var client = new Http2Client(gateway.Address);

        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, "/");

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        (await response.Content.ReadAsStringAsync()).Should().Contain("\"reason\":\"connect_failed\"");
    }

    [Fact]
    public async Task AnswerThatBreaksOff_ResetsItsStreamAndNoOther()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            string head = await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(head.StartsWith("GET /cut", StringComparison.Ordinal)
                ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart"
                : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            connection.Reset();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url), null, Http2Client.PriorKnowledge);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendRequestAsync(1, "GET", "/cut", isLast: true);
        Http2Frame last = await client.ReadAsync(static frame => frame.Stream == 1 && (frame.EndsStream || frame.Type == Http2FrameType.RstStream));
        await client.SendRequestAsync(3, "GET", "/", isLast: true);
        await client.ReadAsync(static frame => frame is { Stream: 3, EndsStream: true });

        last.Type.Should().Be(Http2FrameType.RstStream);
    }

    [Fact]
    public async Task Draining_SendsGoAwayAndFinishesStreams()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            arrived.SetResult();
            await go.Task;
            await http.Response.WriteAsync("done");
        });
        await using TestGateway gateway = await StartAsync(instance);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendRequestAsync(1, "GET", "/", isLast: true);
        await arrived.Task.WaitAsync(Patience);
        Task stopping = gateway.StopAsync();
        Http2Frame goAway = await client.ReadAsync(static frame => frame.Type == Http2FrameType.GoAway);
        stopping.IsCompleted.Should().BeFalse();
        go.SetResult();

        goAway.Payload[4..8].Should().OnlyContain(static b => b == 0, "nothing went wrong");
        (await client.ReadBodyAsync(1)).Should().Be("done");

        // Kestrel, once it is stopping, does not look at a silent connection again: the client leaves, as GOAWAY asks it to.
        client.Dispose();
        await stopping.WaitAsync(Patience);
    }

    [Theory]
    [InlineData(100)]
    public async Task ManyStreamsOfOneConnection_AreAnsweredEachWithItsOwn(int streams)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync(HttpProtocols.Http2);
        await using TestGateway gateway = await StartAsync(instance, HttpProtocols.Http2);
        using var client = new Http2Client(gateway.Address);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, streams).Select(async i =>
        {
            using HttpResponseMessage response = await client.SendAsync(HttpMethod.Post, $"/{i}", new ByteArrayContent(Encoding.ASCII.GetBytes($"body {i}")));
            return await response.Content.ReadAsStringAsync();
        }));

        for (int i = 0; i < streams; i++)
        {
            answers[i].Should().StartWith($"POST /{i}\n").And.EndWith($"\n\nbody {i}");
        }
    }

    internal static Task<TestGateway> StartAsync(TestInstance instance, HttpProtocols protocols = HttpProtocols.Http1) => TestGateway.StartAsync(
        TestOptions.For(new ServiceOptions { Http2 = protocols == HttpProtocols.Http2 }, instance.Url)
            .WithRoute(TestOptions.AnyPath with { MaxRequestBodyBytes = 0 }),
        null, Http2Client.PriorKnowledge);
}
