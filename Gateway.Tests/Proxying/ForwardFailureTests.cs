using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Errors;
using Gateway.Core.Proxying;
using Gateway.Core.Resilience;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Proxying;

/// <summary>The error table of forwarding: each shape of failure, and the row that it is.</summary>
public sealed class ForwardFailureTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly CancellationTokenSource _client = new();
    private readonly AttemptTimer _timer;

    public ForwardFailureTests() => _timer = new AttemptTimer(_clock).Begin(new TimeoutOptions(), _clock.GetTimestamp(), hasBody: false, isGrpc: false, _client.Token);

    public void Dispose()
    {
        _timer.Dispose();
        _client.Dispose();
    }

    [Fact]
    public void ConnectFailed_Returns502() =>
        Sending(new HttpRequestException(HttpRequestError.ConnectionError, inner: new SocketException((int)SocketError.ConnectionRefused)))
            .Should().Be((GatewayError.ConnectFailed, null));

    [Fact]
    public void NameNotResolved_Returns502ConnectFailed() =>
        Sending(new HttpRequestException(HttpRequestError.NameResolutionError))
            .Should().Be((GatewayError.ConnectFailed, "The instance's name could not be resolved."));

    [Fact]
    public void TlsFailed_Returns502ConnectFailed()
    {
        Sending(new HttpRequestException(HttpRequestError.SecureConnectionError)).Should().Be((GatewayError.ConnectFailed, "TLS with the instance failed."));
        Sending(new HttpRequestException(HttpRequestError.Unknown, inner: new AuthenticationException()))
            .Should().Be((GatewayError.ConnectFailed, "TLS with the instance failed."));
    }

    [Fact]
    public void ConnectTimedOut_Returns504() =>
        Sending(new TaskCanceledException("connecting", new TimeoutException())).Should().Be((GatewayError.UpstreamTimeout, "The connect timeout fired."));

    [Theory]
    [InlineData(HttpRequestError.InvalidResponse)]
    [InlineData(HttpRequestError.ConfigurationLimitExceeded)]
    public void ResponseThatIsNotHttp_Returns502BadResponse(HttpRequestError error) =>
        Sending(new HttpRequestException(error)).Should().Be((GatewayError.UpstreamBadResponse, null));

    [Theory]
    [InlineData(HttpRequestError.ResponseEnded)]
    [InlineData(HttpRequestError.HttpProtocolError)]
    public void ConnectionBrokenOff_Returns502Reset(HttpRequestError error) =>
        Sending(new HttpRequestException(error)).Should().Be((GatewayError.UpstreamReset, null));

    [Fact]
    public void SocketThatFails_Returns502Reset()
    {
        Sending(new HttpRequestException(HttpRequestError.Unknown, inner: new IOException())).Should().Be((GatewayError.UpstreamReset, null));
        Sending(new HttpRequestException(HttpRequestError.Unknown, inner: new SocketException())).Should().Be((GatewayError.UpstreamReset, null));
    }

    /// <summary>No instance has heard of it, so none is to blame.</summary>
    [Fact]
    public void RequestThatHttpClientWillNotSend_Returns500() =>
        Sending(new HttpRequestException(HttpRequestError.Unknown)).Should().Be((GatewayError.Internal, null));

    [Fact]
    public void PlainIOException_Returns502Reset() => Sending(new IOException()).Should().Be((GatewayError.UpstreamReset, null));

    [Fact]
    public void FirstByteTimedOut_Returns504()
    {
        _clock.Advance(new TimeoutOptions().FirstByte);
        Sending(new OperationCanceledException()).Should().Be((GatewayError.UpstreamTimeout, "The first-byte timeout fired."));
    }

    [Fact]
    public void TotalTimedOut_Returns504()
    {
        _clock.Advance(new TimeoutOptions().Total);
        Sending(new OperationCanceledException()).Should().Be((GatewayError.UpstreamTimeout, "The total timeout fired."));
    }

    [Fact]
    public void IdleTimedOutWithinTheAnswer_Returns504()
    {
        using AttemptTimer timer = new AttemptTimer(_clock).Begin(new TimeoutOptions { Idle = TimeSpan.FromSeconds(1) }, _clock.GetTimestamp(), hasBody: true, isGrpc: false, CancellationToken.None);
        timer.HeadersCame(isStream: false);
        _clock.Advance(TimeSpan.FromSeconds(1));

        ForwardFailure.OfAnswering(CopyResult.ServiceFailed, new OperationCanceledException(), timer)
            .Should().Be((GatewayError.UpstreamTimeout, "The idle timeout fired."));
    }

    /// <summary>Cancelling tears the connection, so a timeout may also show as an I/O failure.</summary>
    [Fact]
    public void AnyFailureAfterATimeout_IsTheTimeout()
    {
        _clock.Advance(new TimeoutOptions().FirstByte);
        Sending(new HttpRequestException(HttpRequestError.ResponseEnded)).Error.Should().Be(GatewayError.UpstreamTimeout);
        Answering(CopyResult.ServiceFailed, new IOException()).Error.Should().Be(GatewayError.UpstreamTimeout);
    }

    [Fact]
    public async Task ClientLeft_Is499WhateverFailed()
    {
        _clock.Advance(new TimeoutOptions().FirstByte);
        await _client.CancelAsync();

        Sending(new HttpRequestException(HttpRequestError.ConnectionError)).Should().Be((GatewayError.ClientClosed, null));
        ForwardFailure.OfSending(new OperationCanceledException(), await FailedAsync(new BadHttpRequestException("gone")), _timer)
            .Should().Be((GatewayError.ClientClosed, null));
        Answering(CopyResult.ServiceFailed, new IOException()).Should().Be((GatewayError.ClientClosed, null));
    }

    [Fact]
    public async Task BodyOverItsLimit_Returns413() =>
        (await OfBodyAsync(new BadHttpRequestException("too large", 413))).Should().Be((GatewayError.BodyTooLarge, null));

    [Fact]
    public async Task BodyThatArrivesTooSlowly_Returns408() =>
        (await OfBodyAsync(new BadHttpRequestException("slow", 408))).Should().Be((GatewayError.RequestTimeout, null));

    [Fact]
    public async Task MalformedBody_Returns400() =>
        (await OfBodyAsync(new BadHttpRequestException("chunk", 400))).Should().Be((GatewayError.BadRequest, "The request body is malformed."));

    [Fact]
    public async Task BodyThatBreaksOff_Is499() => (await OfBodyAsync(new IOException())).Should().Be((GatewayError.ClientClosed, null));

    /// <summary>While the client's next piece is awaited the service has nothing to answer for.</summary>
    [Fact]
    public async Task TimeoutWhileTheClientIsAwaited_Returns408()
    {
        using AttemptTimer timer = new AttemptTimer(_clock).Begin(new TimeoutOptions(), _clock.GetTimestamp(), hasBody: true, isGrpc: false, CancellationToken.None);
        using var body = new RequestBody(new Pipe().Reader, null, null, timer);
        Task sending = body.CopyToAsync(Stream.Null, timer.Token);
        _clock.Advance(new TimeoutOptions().Total);
        await FluentActions.Awaiting(() => sending).Should().ThrowAsync<OperationCanceledException>();

        ForwardFailure.OfSending(new OperationCanceledException(), body, timer).Should().Be((GatewayError.RequestTimeout, null));
    }

    [Fact]
    public void AnythingUnforeseen_Returns500()
    {
        Sending(new InvalidOperationException()).Should().Be((GatewayError.Internal, null));
        Sending(new OperationCanceledException()).Should().Be((GatewayError.UpstreamReset, null), "nobody of ours cancelled");
    }

    [Fact]
    public void AnswerThatBreaksOff_IsAReset()
    {
        Answering(CopyResult.ServiceFailed, null).Should().Be((GatewayError.UpstreamReset, null));
        Answering(CopyResult.ServiceFailed, new IOException()).Should().Be((GatewayError.UpstreamReset, null));
        Answering(CopyResult.ServiceFailed, new HttpIOException(HttpRequestError.ResponseEnded)).Should().Be((GatewayError.UpstreamReset, null));
    }

    [Fact]
    public void AnswerWithBrokenChunks_IsABadResponse() =>
        Answering(CopyResult.ServiceFailed, new HttpIOException(HttpRequestError.InvalidResponse)).Should().Be((GatewayError.UpstreamBadResponse, null));

    [Fact]
    public void AnswerThatTheClientDoesNotTake_Is499() =>
        Answering(CopyResult.ClientFailed, new IOException()).Should().Be((GatewayError.ClientClosed, null));

    [Fact]
    public void ClientThatTakesNothingUntilATimeout_IsTheTimeout()
    {
        _clock.Advance(new TimeoutOptions().FirstByte);
        Answering(CopyResult.ClientFailed, new OperationCanceledException()).Error.Should().Be(GatewayError.UpstreamTimeout);
    }

    [Theory]
    [InlineData((int)GatewayError.ConnectFailed, true)]
    [InlineData((int)GatewayError.UpstreamTimeout, true)]
    [InlineData((int)GatewayError.UpstreamReset, true)]
    [InlineData((int)GatewayError.UpstreamBadResponse, true)]
    [InlineData((int)GatewayError.ClientClosed, false)]
    [InlineData((int)GatewayError.BodyTooLarge, false)]
    [InlineData((int)GatewayError.BadRequest, false)]
    [InlineData((int)GatewayError.Internal, false)]
    public void OnlyTheServicesFaults_CountAgainstTheInstance(int error, bool counts) =>
        ForwardFailure.Judge((GatewayError)error).Should().Be(counts ? AttemptResult.Failure : AttemptResult.Neutral);

    private (GatewayError Error, string? Detail) Sending(Exception failure) => ForwardFailure.OfSending(failure, null, _timer);

    private async Task<(GatewayError Error, string? Detail)> OfBodyAsync(Exception clientFailure) =>
        ForwardFailure.OfSending(new HttpRequestException("sending"), await FailedAsync(clientFailure), _timer);

    /// <summary>A body whose reading threw.</summary>
    private async Task<RequestBody> FailedAsync(Exception failure)
    {
        var client = new Pipe();
        await client.Writer.CompleteAsync(failure);
        var body = new RequestBody(client.Reader, null, null, _timer);
        await FluentActions.Awaiting(() => body.CopyToAsync(Stream.Null)).Should().ThrowAsync<Exception>();
        body.ClientFailure.Should().BeSameAs(failure);
        return body;
    }

    private (GatewayError Error, string? Detail) Answering(CopyResult result, Exception? failure) => ForwardFailure.OfAnswering(result, failure, _timer);
}
