using System.IO.Pipelines;
using Gateway.Core.Backends;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Proxying;

/// <summary>A body that is written to its connection beside HttpClient, which here is the test.</summary>
public sealed class RequestBodyBesideTests : IDisposable
{
    private const string Head = "POST / HTTP/1.1\r\n\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();
    private readonly AttemptTimer _timer;
    private readonly Pipe _client = new(new PipeOptions(useSynchronizationContext: false));
    private readonly ScriptedStream _instance = new();
    private readonly ReachableConnection _connection;

    public RequestBodyBesideTests()
    {
        _timer = new AttemptTimer(_clock).Begin(new TimeoutOptions(), _clock.GetTimestamp(), hasBody: true, isGrpc: false, CancellationToken.None);
        _connection = new ReachableConnection(_instance, static _ => { });
    }

    public void Dispose()
    {
        _timer.Dispose();
        _connection.Dispose();
        _instance.Dispose();
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(0L, false)]
    [InlineData(RequestBody.Small, false)]
    [InlineData(RequestBody.Small + 1, true)]
    [InlineData(RequestBody.Huge, true)]
    [InlineData(RequestBody.Huge + 1, false)]
    public void OnlyBodiesOfSomeSize_AreWorthIt(long? length, bool worthIt)
    {
        using var body = new RequestBody(_client.Reader, length, limit: null, _timer);
        body.CanBeOvertaken.Should().Be(worthIt);
    }

    [Theory]
    [InlineData(null, "a\r\n0123456789\r\n0\r\n\r\n")]
    [InlineData(10L, "0123456789")]
    public async Task HttpClient_IsDoneAtOnceWhileTheBodyGoesOn(long? length, string sent)
    {
        using RequestBody body = await BeginAsync(length);
        (body.IsUnderWay, await body.IsSentAsync()).Should().Be((true, false));

        await SendAsync("0123456789");
        await _client.Writer.CompleteAsync();
        await body.Finished.WaitAsync(Patience);
        await _instance.FlushAsync();

        _instance.Heard.Should().Be(Head + sent, "what HttpClient writes behind the head goes nowhere");
        (body.BytesRead, body.IsUnderWay, await body.IsSentAsync()).Should().Be((10L, false, true));
    }

    [Fact]
    public async Task NextRequest_IsWrittenByHttpClientAgain()
    {
        using RequestBody body = await BeginAsync(length: 2);
        await SendAsync("ab");
        await _client.Writer.CompleteAsync();
        await body.Finished.WaitAsync(Patience);

        _connection.BeginRequest();
        await _connection.WriteAsync("GET"u8.ToArray().AsMemory());
        await _connection.FlushAsync();

        _instance.Heard.Should().Be(Head + "abGET");
    }

    [Fact]
    public async Task AnswerWhileTheBodyIsSent_SaysThatItsConnectionCloses()
    {
        using RequestBody body = await BeginAsync(length: 2);
        _instance.Says("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 40");
        _instance.Says("0 No\r\nX: y\r\n\r\n");
        _instance.Says("more");

        (await ReadAsync(16)).Should().Be("HTTP/1.1 100 Con");
        (await ReadAsync(1000)).Should().Be("tinue\r\n\r\nHTTP/1.1 400 No\r\nConnection: close\r\nX: y\r\n\r\n");
        (await ReadAsync(1000)).Should().Be("more");
        await _client.Writer.CompleteAsync();
    }

    /// <summary>Else HttpClient would use the connection again, and what is left of the body would swallow the next request's head.</summary>
    [Theory]
    [InlineData(3L, "abc")]
    [InlineData(null, "0\r\n\r\n")]
    public async Task AnswerWhileTheLastPieceWaitsForTheInstance_SaysThatItsConnectionCloses(long? length, string last)
    {
        using RequestBody body = await BeginAsync(length);
        if (length is null)
        {
            await SendAsync("ab");
            await _instance.HearsAsync(Head + "2\r\nab\r\n");
        }

        _instance.WritesWaitFor = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync(length is null ? "" : last);
        await _client.Writer.CompleteAsync();
        await _instance.IsWrittenToAsync(length is null ? 3 : 2);
        _instance.Says("HTTP/1.1 400 No\r\n\r\n");

        (await ReadAsync(1000)).Should().Be("HTTP/1.1 400 No\r\nConnection: close\r\n\r\n");

        await body.StopAsync().AsTask().WaitAsync(Patience);
        (await body.IsSentAsync()).Should().BeFalse("the last piece never left");
        FluentActions.Invoking(_connection.BeginRequest).Should().Throw<IOException>("nothing else may follow on it");
    }

    [Fact]
    public async Task AnswerAfterALastPieceThatWaited_IsLeftAsItIs()
    {
        using RequestBody body = await BeginAsync(length: 2);
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _instance.WritesWaitFor = room;
        await SendAsync("ab");
        await _client.Writer.CompleteAsync();
        await _instance.IsWrittenToAsync(2);
        room.SetResult();
        await body.Finished.WaitAsync(Patience);
        _instance.Says("HTTP/1.1 200 OK\r\n\r\n");

        (await ReadAsync(1000)).Should().Be("HTTP/1.1 200 OK\r\n\r\n");
    }

    [Fact]
    public async Task AnswerToAWholeBody_IsLeftAsItIs()
    {
        using RequestBody body = await BeginAsync(length: 2);
        await SendAsync("ab");
        await _client.Writer.CompleteAsync();
        await body.Finished.WaitAsync(Patience);
        _instance.Says("HTTP/1.1 200 OK\r\n\r\n");

        (await ReadAsync(1000)).Should().Be("HTTP/1.1 200 OK\r\n\r\n");
    }

    [Fact]
    public async Task ClientAtFault_EndsTheAttempt()
    {
        using RequestBody body = await BeginAsync(length: null, limit: 3);

        await SendAsync("1234");
        await body.Finished.WaitAsync(Patience);

        (_timer.Token.IsCancellationRequested, ((BadHttpRequestException)body.ClientFailure!).StatusCode).Should().Be((true, 413));
    }

    [Fact]
    public async Task InstanceThatTakesNoMore_MayStillAnswer()
    {
        using RequestBody body = await BeginAsync(length: null);
        _instance.WriteFailure = new IOException("reset");

        await SendAsync("1234");
        await body.Finished.WaitAsync(Patience);

        (_timer.Token.IsCancellationRequested, body.ClientFailure, await body.IsSentAsync()).Should().Be((false, null, false));
    }

    /// <summary>HttpClient reads ahead on a connection that was used before: it may see the answer before it goes on with the body.</summary>
    [Fact]
    public async Task AnswerThatIsReadBeforeTheBodyBegins_SaysThatItsConnectionCloses()
    {
        using var body = new RequestBody(_client.Reader, length: null, limit: null, _timer) { IsBeside = true };
        _connection.BeginRequest();
        body.Reach(_connection);
        await _connection.WriteAsync(System.Text.Encoding.ASCII.GetBytes(Head).AsMemory());
        _instance.Says("HTTP/1.1 400 No\r\n\r\n");

        (await ReadAsync(1000)).Should().Be("HTTP/1.1 400 No\r\nConnection: close\r\n\r\n");
    }

    [Fact]
    public async Task ConnectionThatTheServerGaveUp_IsTheClientsFailure()
    {
        using RequestBody body = await BeginAsync(length: null);

        await _client.Writer.CompleteAsync(new ConnectionAbortedException());
        await body.Finished.WaitAsync(Patience);

        body.ClientFailure.Should().NotBeNull();
        _timer.Token.IsCancellationRequested.Should().BeTrue();
    }

    /// <summary>A request that waits for a body that nobody sends would never end.</summary>
    [Fact]
    public async Task HeadThatDoesNotLeave_LeavesNothingToWaitFor()
    {
        using var body = new RequestBody(_client.Reader, length: null, limit: null, _timer) { IsBeside = true };
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await using var broken = new BufferedStream(_instance);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await body.CopyToAsync(broken, context: null, cancelled.Token));

        body.IsUnderWay.Should().BeFalse();
        await body.StopAsync().AsTask().WaitAsync(Patience);
    }

    [Fact]
    public async Task Stopping_EndsTheSending()
    {
        using RequestBody body = await BeginAsync(length: null);

        await body.StopAsync().AsTask().WaitAsync(Patience);

        (body.IsUnderWay, await body.IsSentAsync(), body.ClientFailure).Should().Be((false, false, null));
    }

    /// <summary>As HttpClient does: the head, the content, and what follows the content.</summary>
    private async Task<RequestBody> BeginAsync(long? length, long? limit = null)
    {
        var body = new RequestBody(_client.Reader, length, limit, _timer) { IsBeside = true };
        body.Reach(_connection);
        await _connection.WriteAsync(System.Text.Encoding.ASCII.GetBytes(Head).AsMemory());
        await body.CopyToAsync(_connection).WaitAsync(Patience);
        await _connection.WriteAsync("the end"u8.ToArray().AsMemory());
        return body;
    }

    private async Task SendAsync(string text) => await _client.Writer.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text));

    private async Task<string> ReadAsync(int room)
    {
        byte[] buffer = new byte[room];
        int read = await _connection.ReadAsync(buffer.AsMemory()).AsTask().WaitAsync(Patience);
        return System.Text.Encoding.Latin1.GetString(buffer, 0, read);
    }
}
