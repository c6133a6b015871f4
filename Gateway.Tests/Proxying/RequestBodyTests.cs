using System.IO.Pipelines;
using Gateway.Core.Backends;
using Gateway.Core.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Proxying;

public sealed class RequestBodyTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();
    private readonly AttemptTimer _timer;
    private readonly Pipe _client = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Service _service = new();

    public RequestBodyTests() => _timer = new AttemptTimer(_clock).Begin(new TimeoutOptions(), _clock.GetTimestamp(), hasBody: true, isGrpc: false, CancellationToken.None);

    public void Dispose()
    {
        _timer.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task Body_ReachesTheServiceWholeAndIsCounted()
    {
        using RequestBody body = Body();
        await SendAsync("hello, ");
        Task sending = body.CopyToAsync(_service);
        await SendAsync("service");
        await _client.Writer.CompleteAsync();

        await sending.WaitAsync(Patience);

        (_service.Text, body.BytesRead, body.ClientFailure).Should().Be(("hello, service", 14L, null));
    }

    [Theory]
    [InlineData(5L)]
    [InlineData(null)]
    public void Length_IsTheClientsAndUnknownForChunks(long? length)
    {
        using RequestBody body = Body(length);
        body.Headers.ContentLength.Should().Be(length);
    }

    [Fact]
    public async Task BodyOnTheLimit_Passes()
    {
        using RequestBody body = Body(limit: 5);
        await SendAsync("12345");
        await _client.Writer.CompleteAsync();

        await body.CopyToAsync(_service);

        (_service.Text, body.ClientFailure).Should().Be(("12345", null));
    }

    [Fact]
    public async Task BodyOneByteOverTheLimit_IsTheClientsFailureAndNoneOfThePieceIsSent()
    {
        using RequestBody body = Body(limit: 5);
        await SendAsync("123456");

        await FluentActions.Awaiting(() => body.CopyToAsync(_service)).Should().ThrowAsync<Exception>();

        body.ClientFailure.Should().BeOfType<BadHttpRequestException>().Which.StatusCode.Should().Be(413);
        (_service.Text, body.BytesRead).Should().Be(("", 0L));
    }

    [Fact]
    public async Task LimitPassedInSeveralPieces_IsCountedOverAll()
    {
        using RequestBody body = Body(limit: 5);
        await SendAsync("123");
        Task sending = body.CopyToAsync(_service);
        await SendAsync("456");

        await FluentActions.Awaiting(() => sending.WaitAsync(Patience)).Should().ThrowAsync<Exception>();

        (_service.Text, body.ClientFailure is BadHttpRequestException).Should().Be(("123", true));
    }

    /// <summary>A slow stream reaches the service as it is written; a fast one is not cut into small packets.</summary>
    [Fact]
    public async Task Service_IsFlushedOnlyBeforeMoreIsAwaited()
    {
        using RequestBody body = Body();
        await SendAsync("first");
        Task sending = body.CopyToAsync(_service);
        await _service.FlushedAsync("first");

        await SendAsync("second");
        await _service.FlushedAsync("firstsecond");
        int flushes = _service.Flushes;
        await _client.Writer.CompleteAsync();
        await sending.WaitAsync(Patience);

        flushes.Should().Be(2);
    }

    [Fact]
    public async Task BodyThatIsAllThere_IsNotFlushedInBetween()
    {
        using RequestBody body = Body();
        await SendAsync("all of it");
        await _client.Writer.CompleteAsync();

        await body.CopyToAsync(_service);

        _service.Flushes.Should().Be(0);
    }

    [Fact]
    public async Task ClientThatBreaksOff_IsRememberedAsTheCause()
    {
        using RequestBody body = Body();
        Task sending = body.CopyToAsync(_service);
        var gone = new IOException("the client is gone");
        await _client.Writer.CompleteAsync(gone);

        await FluentActions.Awaiting(() => sending.WaitAsync(Patience)).Should().ThrowAsync<Exception>();

        body.ClientFailure.Should().BeSameAs(gone);
    }

    [Fact]
    public async Task FailureThatIsAlreadyThere_IsRememberedToo()
    {
        using RequestBody body = Body();
        var malformed = new BadHttpRequestException("chunk");
        await _client.Writer.CompleteAsync(malformed);

        await FluentActions.Awaiting(() => body.CopyToAsync(_service)).Should().ThrowAsync<Exception>();

        body.ClientFailure.Should().BeSameAs(malformed);
    }

    [Fact]
    public async Task ServiceThatFails_IsNotTheClientsDoing()
    {
        using RequestBody body = Body();
        await SendAsync("hello");
        _service.Failure = new IOException("the service is gone");

        await FluentActions.Awaiting(() => body.CopyToAsync(_service)).Should().ThrowAsync<Exception>();

        body.ClientFailure.Should().BeNull();
    }

    /// <summary>The pipe is the server's again: a piece that is not given back would be lost to it, and every later read would throw.</summary>
    [Fact]
    public async Task PieceThatCouldNotBeSent_IsGivenBack()
    {
        using RequestBody body = Body();
        await SendAsync("hello");
        _service.Failure = new IOException("the service is gone");
        await FluentActions.Awaiting(() => body.CopyToAsync(_service)).Should().ThrowAsync<Exception>();

        await SendAsync("rest");

        (await _client.Reader.ReadAsync()).Buffer.Length.Should().Be(4);
    }

    [Fact]
    public async Task EndOfTheBody_BeginsTheWaitForTheFirstByte()
    {
        using RequestBody body = Body();
        await _client.Writer.CompleteAsync();
        await body.CopyToAsync(_service);

        _clock.Advance(new TimeoutOptions().FirstByte);

        _timer.Fired.Should().Be(TimeoutPhase.FirstByte);
    }

    [Fact]
    public async Task Stopping_EndsABodyThatIsStillOnItsWay()
    {
        using RequestBody body = Body();
        Task sending = body.CopyToAsync(_service, _timer.Token);

        await body.StopAsync().AsTask().WaitAsync(Patience);

        await FluentActions.Awaiting(() => sending.WaitAsync(Patience)).Should().ThrowAsync<OperationCanceledException>();
        (body.ClientFailure, _client.Reader.TryRead(out _)).Should().Be((null, false), "nobody reads any more, and the pipe can be read");
    }

    [Fact]
    public async Task StoppingWhatNeverStartedOrHasEnded_DoesNothing()
    {
        using RequestBody body = Body();
        await body.StopAsync();
        await _client.Writer.CompleteAsync();
        await body.CopyToAsync(_service);
        await body.StopAsync();

        _timer.Token.IsCancellationRequested.Should().BeFalse();
    }

    private RequestBody Body(long? length = null, long? limit = null) => new(_client.Reader, length, limit, _timer);

    private async Task SendAsync(string text) => await _client.Writer.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text));

    private sealed class Service : MemoryStream
    {
        private volatile TaskCompletionSource _flushed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _flushes;

        public Exception? Failure { get; set; }

        public int Flushes => Volatile.Read(ref _flushes);

        public string Text => System.Text.Encoding.ASCII.GetString(ToArray());

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Failure is null ? base.WriteAsync(buffer, cancellationToken) : ValueTask.FromException(Failure);

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            if (Length > 0)
            {
                Interlocked.Increment(ref _flushes);
                Interlocked.Exchange(ref _flushed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }

            return Task.CompletedTask;
        }

        public async Task FlushedAsync(string all)
        {
            while (true)
            {
                Task next = _flushed.Task;
                if (Flushes > 0 && Text == all)
                {
                    return;
                }

                await next.WaitAsync(Patience);
            }
        }
    }
}
