using Gateway.Core.Backends;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Proxying;

public sealed class RelayDirectionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Moment = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Idle = new TimeoutOptions().Idle;

    private readonly FakeTimeProvider _clock = new();
    private readonly CancellationTokenSource _client = new();
    private readonly ScriptedStream _sender = new();
    private readonly ScriptedStream _receiver = new();
    private readonly AttemptTimer _timer;
    private readonly RelayDirection _direction;

    public RelayDirectionTests()
    {
        _timer = new AttemptTimer(_clock).Begin(new TimeoutOptions(), _clock.GetTimestamp(), hasBody: false, isGrpc: false, _client.Token);
        _timer.HeadersCame(isStream: true);
        _direction = new RelayDirection(_sender, _receiver, static () => FrameTracker.GoingAway(mask: null), _timer);
    }

    public void Dispose()
    {
        _direction.Dispose();
        _timer.Dispose();
        _client.Dispose();
        _sender.Dispose();
        _receiver.Dispose();
    }

    [Fact]
    public async Task Pieces_PassAsTheyComeUntilTheSenderEnds()
    {
        Task<RelayEnd> running = _direction.RunAsync();
        _sender.Says("one");
        await _receiver.HearsAsync("one");
        _sender.Says("two");
        await _receiver.HearsAsync("onetwo");
        running.IsCompleted.Should().BeFalse();
        _sender.Ends();

        (await running.WaitAsync(Patience)).Should().Be(RelayEnd.Complete);
        (_receiver.Heard, _direction.Bytes).Should().Be(("onetwo", 6));
    }

    [Fact]
    public async Task SilentSender_IsWaitedForWithoutABuffer()
    {
        Task<RelayEnd> running = _direction.RunAsync();
        _sender.Asked.Should().Equal(0);
        _sender.Says("x");
        await _sender.IsAskedAsync(3);
        _sender.Asked.Should().Equal(0, 4096, 0);

        _sender.Ends();
        await running.WaitAsync(Patience);
    }

    [Fact]
    public async Task Pieces_GrowFourfoldFrom4To64KibibytesWhileTheyComeFull()
    {
        _sender.Says(new string('x', 4_096 + 16_384 + 65_536 + 65_536 - 1));
        _sender.Ends();

        await _direction.RunAsync().WaitAsync(Patience);

        _sender.Asked.Where(static room => room > 0).Should().Equal(4_096, 16_384, 65_536, 65_536, 65_536);
    }

    /// <summary>The server's word for it is a cancellation by its base class, and every read throws it: going on would never end.</summary>
    [Fact]
    public async Task ConnectionThatTheServerAborts_IsNoWakeUp()
    {
        _sender.Throws(new ConnectionAbortedException());

        (await _direction.RunAsync().WaitAsync(Patience)).Should().Be(RelayEnd.SenderFailed);
    }

    [Fact]
    public async Task SlowReceiver_IsWaitedForBeforeMoreIsRead()
    {
        _receiver.WritesWaitFor = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sender.Says("one");
        _sender.Says("two");
        _sender.Ends();
        Task<RelayEnd> running = _direction.RunAsync();

        await _receiver.IsWrittenToAsync(1);
        _sender.Asked.Should().Equal(0, 4096);
        _direction.Bytes.Should().Be(0);

        _receiver.WritesWaitFor.SetResult();
        (await running.WaitAsync(Patience)).Should().Be(RelayEnd.Complete);
        _receiver.Heard.Should().Be("onetwo");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SenderThatBreaksOff_HasFailed(bool hasSpoken)
    {
        if (hasSpoken)
        {
            _sender.Says("x");
        }

        _sender.Throws(new IOException("reset"));
        (await _direction.RunAsync().WaitAsync(Patience)).Should().Be(RelayEnd.SenderFailed);
        _receiver.Heard.Should().Be(hasSpoken ? "x" : "");
    }

    /// <summary>A server that stops cancels what its connections read, once; a relay then saw its client fail.</summary>
    [Fact]
    public async Task ReaderThatIsWoken_ReadsOn()
    {
        _sender.Throws(new OperationCanceledException());
        _sender.Says("x");
        _sender.Ends();

        (await _direction.RunAsync().WaitAsync(Patience)).Should().Be(RelayEnd.Complete);
        _receiver.Heard.Should().Be("x");
    }

    [Fact]
    public async Task TimerThatEnds_EndsTheWait()
    {
        Task<RelayEnd> running = _direction.RunAsync();
        _timer.Abandon();
        (await running.WaitAsync(Patience)).Should().Be(RelayEnd.SenderFailed);
    }

    [Fact]
    public async Task TimerThatEnds_EndsTheWaitForASlowReceiver()
    {
        _receiver.WritesWaitFor = new TaskCompletionSource();
        _sender.Says("x");
        Task<RelayEnd> running = _direction.RunAsync();
        await _receiver.IsWrittenToAsync(1);

        _timer.Abandon();

        (await running.WaitAsync(Patience)).Should().Be(RelayEnd.ReceiverFailed);
    }

    [Fact]
    public async Task ReceiverThatTakesNothing_HasFailed()
    {
        _receiver.WriteFailure = new IOException("gone");
        _sender.Says("x");
        (await _direction.RunAsync().WaitAsync(Patience)).Should().Be(RelayEnd.ReceiverFailed);
        _direction.Bytes.Should().Be(0);
    }

    [Fact]
    public async Task PieceThatComes_DefersTheIdleTimeout()
    {
        _receiver.WritesWaitFor = new TaskCompletionSource();
        Task<RelayEnd> running = _direction.RunAsync();
        _clock.Advance(Idle - Moment);
        _sender.Says("x");
        await _receiver.IsWrittenToAsync(1);

        _clock.Advance(Idle - Moment);
        _timer.Fired.Should().Be(TimeoutPhase.None);
        _clock.Advance(Moment);
        _timer.Fired.Should().Be(TimeoutPhase.Idle);
        await running.WaitAsync(Patience);
    }

    [Fact]
    public async Task PieceThatIsTaken_DefersTheIdleTimeout()
    {
        _receiver.WritesWaitFor = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sender.Says("x");
        Task<RelayEnd> running = _direction.RunAsync();
        await _receiver.IsWrittenToAsync(1);
        _clock.Advance(Idle - Moment);
        _receiver.WritesWaitFor.SetResult();
        await _sender.IsAskedAsync(3);

        _clock.Advance(Idle - Moment);
        _timer.Fired.Should().Be(TimeoutPhase.None);
        _clock.Advance(Moment);
        _timer.Fired.Should().Be(TimeoutPhase.Idle);
        await running.WaitAsync(Patience);
    }

    [Fact]
    public async Task CloseFrame_IsSeenWhenItHasPassed()
    {
        Task<RelayEnd> running = _direction.RunAsync();
        _sender.Says(WebSockets.Frame(8, "", masked: true)[..^1]);
        await _sender.IsAskedAsync(3);
        _direction.CloseSeen.Should().BeFalse();
        _sender.Says("\0");
        await _sender.IsAskedAsync(5);
        _direction.CloseSeen.Should().BeTrue();

        _sender.Ends();
        (await running.WaitAsync(Patience)).Should().Be(RelayEnd.Complete);
    }

    [Fact]
    public async Task BytesThatAreNoFrames_AreNotTakenForAClose()
    {
        using var raw = new RelayDirection(_sender, _receiver, goingAway: null, _timer);
        _sender.Says(WebSockets.Frame(8, "", masked: false));
        _sender.Ends();

        (await raw.RunAsync().WaitAsync(Patience)).Should().Be(RelayEnd.Complete);

        (raw.CloseSeen, _receiver.Heard).Should().Be((false, "\u0088\0"));
    }
}
