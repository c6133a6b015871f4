using System.IO.Pipelines;
using Gateway.Core.Proxying;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Tests.Proxying;

public sealed class ClientBodyReaderTests
{
    private readonly Pipe _pipe = new(new PipeOptions(useSynchronizationContext: false));
    private readonly BodyWriter _service = new(Stream.Null, asChunks: false);

    [Fact]
    public async Task WhatHasArrived_IsRead()
    {
        await _pipe.Writer.WriteAsync("abc"u8.ToArray());
        ClientBodyReader reader = new(_pipe.Reader);
        ReadResult read = await reader.ReadAsync(_service, isLong: false, CancellationToken.None);
        (read.Buffer.Length, reader.IsAwaited, reader.Failure).Should().Be((3L, false, null));
    }

    [Fact]
    public async Task EndOfWaiting_LeavesTheReaderToTheNext()
    {
        using var end = new CancellationTokenSource();
        ClientBodyReader first = new(_pipe.Reader);
        ValueTask<ReadResult> waiting = first.ReadAsync(_service, isLong: false, end.Token);
        await end.CancelAsync();
        await FluentActions.Awaiting(() => waiting.AsTask()).Should().ThrowAsync<OperationCanceledException>();
        (first.IsAwaited, first.Failure).Should().Be((true, null));

        await _pipe.Writer.WriteAsync("abc"u8.ToArray());
        (await new ClientBodyReader(_pipe.Reader).ReadAsync(_service, isLong: false, CancellationToken.None)).Buffer.Length.Should().Be(3);
    }

    /// <summary>An attempt's end may come when it has just been served: the next attempt must not take it for its own.</summary>
    [Fact]
    public async Task EndMeantForTheAttemptBefore_IsPassedOver()
    {
        _pipe.Reader.CancelPendingRead();
        ValueTask<ReadResult> waiting = new ClientBodyReader(_pipe.Reader).ReadAsync(_service, isLong: false, CancellationToken.None);
        await _pipe.Writer.WriteAsync("abc"u8.ToArray());
        (await waiting).Buffer.Length.Should().Be(3);
    }

    [Fact]
    public async Task BrokenClient_IsTheClientsFault()
    {
        ClientBodyReader reader = new(_pipe.Reader);
        await _pipe.Writer.CompleteAsync(new ConnectionAbortedException("gone"));
        await FluentActions.Awaiting(() => reader.ReadAsync(_service, isLong: false, CancellationToken.None).AsTask()).Should().ThrowAsync<ConnectionAbortedException>();
        reader.Failure.Should().BeOfType<ConnectionAbortedException>();
    }

    [Fact]
    public void Failure_CanBeSaid()
    {
        ClientBodyReader reader = new(_pipe.Reader);
        var failure = new IOException("too much");
        reader.Fail(failure).Should().BeSameAs(failure);
        reader.Failure.Should().BeSameAs(failure);
    }
}
