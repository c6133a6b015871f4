using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Proxying;

public sealed class ReachableConnectionsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ReachableConnections _connections = new(ServiceConnections.CreateHandler(TimeSpan.FromSeconds(5)));

    public void Dispose() => _connections.Dispose();

    [Fact]
    public async Task RequestsAtOnce_EachLearnsItsOwnConnection()
    {
        const int Requests = 8;
        var allAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int asked = 0;
        await using var instance = new ScriptedInstance(async connection =>
        {
            string head = await connection.ReadUntilAsync("\r\n\r\n");
            string number = head[head.IndexOf('/', StringComparison.Ordinal)..][1..2];
            if (Interlocked.Increment(ref asked) == Requests)
            {
                allAsked.SetResult();
            }

            await allAsked.Task;
            await connection.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\nX-Number: {number}\r\n\r\n");
            await connection.SendAsync($"{number}{await connection.ReadExactlyAsync(1)}");
        });

        await Task.WhenAll(Enumerable.Range(0, Requests).Select(async number =>
        {
            (HttpResponseMessage response, ReachableConnection? connection) = await SendAsync($"{instance.Url}/{number}");
            using (response)
            {
                response.Headers.GetValues("X-Number").Should().Equal($"{number}");
                await connection!.WriteAsync(Encoding.ASCII.GetBytes($"{number}").AsMemory());
                byte[] answer = new byte[2];
                await connection.ReadExactlyAsync(answer);
                Encoding.ASCII.GetString(answer).Should().Be($"{number}{number}");
            }
        })).WaitAsync(Patience);
    }

    [Fact]
    public async Task ConnectionWhoseInstanceRefused_IsLearntByTheNextRequestThatItCarries()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            while (true)
            {
                await connection.ReadUntilAsync("\r\n\r\n");
                await connection.SendAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            }
        });
        var learnt = new ConcurrentQueue<ReachableConnection?>();
        for (int i = 0; i < 2; i++)
        {
            (HttpResponseMessage response, ReachableConnection? connection) = await SendAsync(instance.Url);
            response.Dispose();
            learnt.Enqueue(connection);
        }

        instance.Accepted.Should().Be(1);
        learnt.Should().HaveCount(2).And.NotContainNulls();
        learnt.Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task Request_IsSentInExactlyHttp11()
    {
        string asked = "";
        await using var instance = new ScriptedInstance(async connection =>
        {
            asked = await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        using var message = new HttpRequestMessage(HttpMethod.Get, instance.Url) { Version = HttpVersion.Version20 };

        (HttpResponseMessage response, _) = await _connections.SendAsync(message, reached: null, CancellationToken.None).WaitAsync(Patience);
        response.Dispose();

        asked.Should().StartWith("GET / HTTP/1.1\r\n");
        (message.Version, message.VersionPolicy).Should().Be((HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact));
    }

    [Fact]
    public async Task Dispose_ClosesTheConnections()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            await connection.ReadToEndAsync();
            closed.SetResult();
        });
        (HttpResponseMessage response, _) = await SendAsync(instance.Url);
        response.Dispose();

        _connections.Dispose();

        await closed.Task.WaitAsync(Patience);
    }

    private async Task<(HttpResponseMessage Response, ReachableConnection? Connection)> SendAsync(string url)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, url);
        message.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        message.Headers.TryAddWithoutValidation("Upgrade", "chat");
        return await _connections.SendAsync(message, reached: null, CancellationToken.None).WaitAsync(Patience);
    }
}
