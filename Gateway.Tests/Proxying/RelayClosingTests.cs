using Gateway.Core.Backends;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Proxying;

/// <summary>Our own Close frame within a <see cref="RelayDirection"/>: between two of the sender's frames, wherever it is asked for.</summary>
public sealed class RelayClosingTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Hello = WebSockets.Frame(1, "hello", masked: false), TheirClose = WebSockets.Frame(8, "\u0003\u00e8", masked: false);

    private readonly ScriptedStream _sender = new();
    private readonly ScriptedStream _receiver = new();
    private readonly AttemptTimer _timer;
    private readonly RelayDirection _direction;
    private readonly CancellationTokenSource _patience = new();
    private Task<RelayEnd> _running = Task.FromResult(RelayEnd.Complete);

    public RelayClosingTests()
    {
        var clock = new FakeTimeProvider();
        _timer = new AttemptTimer(clock).Begin(new TimeoutOptions(), clock.GetTimestamp(), hasBody: false, isGrpc: false, CancellationToken.None);
        _direction = new RelayDirection(_sender, _receiver, static () => FrameTracker.GoingAway(mask: null), _timer);
    }

    public void Dispose()
    {
        _timer.Abandon();
        SpinWait.SpinUntil(() => _running.IsCompleted, Patience);
        _direction.Dispose();
        _timer.Dispose();
        _patience.Dispose();
        _sender.Dispose();
        _receiver.Dispose();
    }

    [Fact]
    public async Task BetweenFrames_CloseIsSaidAtOnceAndTheAnswerWaitedFor()
    {
        await BeginAsync(Hello);

        Task closing = CloseAsync();

        _receiver.Heard.Should().Be(Hello + WebSockets.GoingAway);
        _direction.CloseSaid.Should().BeTrue();
        closing.IsCompleted.Should().BeFalse();
        _sender.Says(TheirClose);
        await closing.WaitAsync(Patience);
        _direction.CloseSeen.Should().BeTrue();
    }

    [Fact]
    public async Task AfterOurClose_WhatTheSenderSaysIsReadAndDropped()
    {
        await BeginAsync(Hello);
        Task closing = CloseAsync();

        _sender.Says(Hello + Hello[..3]);
        _sender.Says(Hello[3..] + TheirClose[..1]);
        await _sender.IsAskedAsync(7);
        closing.IsCompleted.Should().BeFalse();
        _sender.Says(TheirClose[1..]);

        await closing.WaitAsync(Patience);
        (_receiver.Heard, _direction.Bytes).Should().Be((Hello + WebSockets.GoingAway, Hello.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    public async Task WithinAFrame_CloseFollowsItsLastByte(int at)
    {
        await BeginAsync(Hello + Hello[..at]);

        Task closing = CloseAsync();
        (_receiver.Heard, _direction.CloseSaid).Should().Be((Hello + Hello[..at], false));
        foreach (char next in Hello[at..])
        {
            _sender.Says($"{next}");
        }

        await _receiver.HearsAsync(Hello + Hello + WebSockets.GoingAway);
        (_receiver.Heard, _direction.CloseSaid).Should().Be((Hello + Hello + WebSockets.GoingAway, true));
        closing.IsCompleted.Should().BeFalse();
        _sender.Says(TheirClose);
        await closing.WaitAsync(Patience);
        _direction.Bytes.Should().Be(2 * Hello.Length);
    }

    [Fact]
    public async Task WithinAFrame_WhatFollowsInTheSamePieceIsDropped()
    {
        await BeginAsync(Hello[..3]);
        Task closing = CloseAsync();

        _sender.Says(Hello[3..] + Hello + TheirClose);

        await closing.WaitAsync(Patience);
        (_receiver.Heard, _direction.Bytes).Should().Be((Hello + WebSockets.GoingAway, Hello.Length));
    }

    [Fact]
    public async Task WithinTheirClose_TheirsIsTheOnlyOne()
    {
        await BeginAsync(TheirClose[..3]);
        Task closing = CloseAsync();

        _sender.Says(TheirClose[3..]);

        await closing.WaitAsync(Patience);
        (_receiver.Heard, _direction.CloseSaid).Should().Be((TheirClose, false));
    }

    [Fact]
    public async Task AfterTheirClose_NothingIsSaidAndNothingWaitedFor()
    {
        await BeginAsync(TheirClose);

        await CloseAsync().WaitAsync(Patience);

        (_receiver.Heard, _direction.CloseSaid).Should().Be((TheirClose, false));
        _sender.Says("more");
        await _receiver.HearsAsync(TheirClose + "more");
    }

    [Fact]
    public async Task SenderThatEnds_IsNotWaitedForAnyMore()
    {
        await BeginAsync(Hello);
        Task closing = CloseAsync();

        _sender.Ends();

        await closing.WaitAsync(Patience);
        (await _running.WaitAsync(Patience)).Should().Be(RelayEnd.Complete);
    }

    [Fact]
    public async Task SenderThatBreaksOff_IsNotWaitedForAnyMore()
    {
        await BeginAsync(Hello);
        Task closing = CloseAsync();

        _sender.Throws(new IOException("reset"));

        await closing.WaitAsync(Patience);
        (await _running.WaitAsync(Patience)).Should().Be(RelayEnd.SenderFailed);
    }

    [Fact]
    public async Task PatienceThatEnds_EndsTheWaitForTheAnswer()
    {
        await BeginAsync(Hello);
        Task closing = CloseAsync();
        await _patience.CancelAsync();
        await FluentActions.Awaiting(() => closing.WaitAsync(Patience)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task PatienceThatEnds_EndsTheWaitForAReceiverThatTakesNothing()
    {
        await BeginAsync(Hello);
        _receiver.WritesWaitFor = new TaskCompletionSource();
        _sender.Says(Hello);
        await _receiver.IsWrittenToAsync(2);

        Task closing = CloseAsync();
        await _patience.CancelAsync();

        await FluentActions.Awaiting(() => closing.WaitAsync(Patience)).Should().ThrowAsync<OperationCanceledException>();
        _receiver.Heard.Should().Be(Hello);
    }

    [Fact]
    public async Task PatienceThatEnds_EndsTheWaitForOurCloseToBeTaken()
    {
        await BeginAsync(Hello);
        _receiver.WritesWaitFor = new TaskCompletionSource();
        Task closing = CloseAsync();
        await _receiver.IsWrittenToAsync(2);
        await _patience.CancelAsync();
        await FluentActions.Awaiting(() => closing.WaitAsync(Patience)).Should().ThrowAsync<OperationCanceledException>();
    }

    /// <summary>Runs until this has passed and the next is waited for.</summary>
    private async Task BeginAsync(string said)
    {
        _running = _direction.RunAsync();
        _sender.Says(said);
        await _sender.IsAskedAsync(3);
        _receiver.Heard.Should().Be(said);
    }

    private Task CloseAsync() => _direction.CloseAsync(_patience.Token);
}
