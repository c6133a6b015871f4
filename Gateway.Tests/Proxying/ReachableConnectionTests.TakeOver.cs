using System.Text;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Proxying;

/// <summary>With HttpClient itself as the one that gives the connection up.</summary>
public sealed class ReachableConnectionTakeOverTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    public void Dispose() => _patience.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20_000)]
    public async Task WhatCameWithTheHead_IsReadFirstAndThenWhatComesLater(int ahead)
    {
        string first = new('a', ahead);
        await using ScriptedInstance instance = Instance(async connection =>
        {
            await connection.SendAsync(WebSockets.Accepted + first);
            await connection.SendAsync(await connection.ReadExactlyAsync(4));
            await connection.ReadToEndAsync();
        });
        await using Taken taken = await TakeAsync(instance);

        await taken.Connection.WriteAsync("back"u8.ToArray(), _patience.Token);

        (await ReadAsync(taken.Connection, ahead + 4)).Should().Be(first + "back");
    }

    [Fact]
    public async Task EachDirection_EndsByItself()
    {
        await using ScriptedInstance instance = Instance(async connection =>
        {
            await connection.SendAsync(WebSockets.Accepted);
            await connection.SendAsync($"{(await connection.ReadToEndAsync()).Length}");
        });
        await using Taken taken = await TakeAsync(instance);

        await taken.Connection.WriteAsync(new byte[7], _patience.Token);
        await taken.Connection.CloseWritingAsync();

        (await ReadAsync(taken.Connection, 1)).Should().Be("7");
        (await taken.Connection.ReadAsync(new byte[1], _patience.Token)).Should().Be(0);
    }

    [Fact]
    public async Task Disposed_ClosesTheConnection()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedInstance instance = Instance(async connection =>
        {
            await connection.SendAsync(WebSockets.Accepted);
            await connection.ReadToEndAsync();
            ended.SetResult();
        });
        Taken taken = await TakeAsync(instance);
        ended.Task.IsCompleted.Should().BeFalse("HttpClient has let go of it and not closed it");

        await taken.DisposeAsync();

        await ended.Task.WaitAsync(_patience.Token);
    }

    [Fact]
    public async Task TakeOverGivenUp_LeavesTheConnectionToHttpClient()
    {
        await using ScriptedInstance instance = Instance(async connection =>
        {
            await connection.SendAsync(WebSockets.Accepted);
            await connection.ReadToEndAsync();
        });
        using ReachableConnections connections = NewConnections();
        (HttpResponseMessage response, ReachableConnection? connection) = await SendAsync(connections, instance);
        Stream content = await response.Content.ReadAsStreamAsync();

        Func<Task> takeOver = () => connection!.TakeOverAsync(content, new CancellationToken(canceled: true)).AsTask();
        await takeOver.Should().ThrowAsync<OperationCanceledException>();
        response.Dispose();

        Func<Task> write = () => connection!.WriteAsync(new byte[1], _patience.Token).AsTask();
        await write.Should().ThrowAsync<Exception>("disposing of the response has closed it");
    }

    private static ScriptedInstance Instance(Func<RawConnection, Task> script) => new(async connection =>
    {
        await connection.ReadUntilAsync("\r\n\r\n");
        await script(connection);
    });

    private static ReachableConnections NewConnections() => new(ServiceConnections.CreateHandler(TimeSpan.FromSeconds(10)));

    private Task<(HttpResponseMessage Response, ReachableConnection? Connection)> SendAsync(ReachableConnections connections, ScriptedInstance instance)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, instance.Url);
        message.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        message.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        return connections.SendAsync(message, reached: null, _patience.Token);
    }

    private async Task<string> ReadAsync(Stream stream, int count)
    {
        byte[] bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, _patience.Token);
        return Encoding.Latin1.GetString(bytes);
    }

    private async Task<Taken> TakeAsync(ScriptedInstance instance)
    {
        ReachableConnections connections = NewConnections();
        (HttpResponseMessage response, ReachableConnection? connection) = await SendAsync(connections, instance);
        using (response)
        {
            await connection!.TakeOverAsync(await response.Content.ReadAsStreamAsync(), _patience.Token);
            return new Taken(connections, connection);
        }
    }

    /// <summary>A connection that has been taken over.</summary>
    private sealed class Taken(ReachableConnections connections, ReachableConnection connection) : IAsyncDisposable
    {
        public ReachableConnection Connection => connection;

        public async ValueTask DisposeAsync()
        {
            await connection.DisposeAsync();
            connections.Dispose();
        }
    }
}
