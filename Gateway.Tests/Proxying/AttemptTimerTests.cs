using Gateway.Core.Backends;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Proxying;

public sealed class AttemptTimerTests : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private static readonly TimeoutOptions Options = new()
    {
        FirstByte = TimeSpan.FromSeconds(10),
        Idle = TimeSpan.FromSeconds(20),
        Total = TimeSpan.FromSeconds(60),
    };

    private readonly FakeTimeProvider _clock = new();
    private readonly CancellationTokenSource _client = new();
    private AttemptTimer? _timer;

    public void Dispose()
    {
        _timer?.Dispose();
        _client.Dispose();
    }

    [Fact]
    public void WithoutABody_TheFirstByteIsAwaitedAtOnce()
    {
        AttemptTimer timer = Begin(hasBody: false);
        ShouldFireAfter(timer, Options.FirstByte, TimeoutPhase.FirstByte);
    }

    [Fact]
    public void WithABody_TheIdleTimeoutRunsUntilItIsSent()
    {
        AttemptTimer timer = Begin(hasBody: true);
        ShouldFireAfter(timer, Options.Idle, TimeoutPhase.Idle);
    }

    [Fact]
    public void BodySent_BeginsTheWaitForTheFirstByte()
    {
        AttemptTimer timer = Begin(hasBody: true);
        _clock.Advance(Options.Idle - Moment);

        timer.BodySent();

        ShouldFireAfter(timer, Options.FirstByte, TimeoutPhase.FirstByte);
    }

    [Fact]
    public void HeadersCame_BeginTheIdleTimeout()
    {
        AttemptTimer timer = Begin(hasBody: false);
        _clock.Advance(Options.FirstByte - Moment);

        timer.HeadersCame(isStream: false);

        ShouldFireAfter(timer, Options.Idle, TimeoutPhase.Idle);
    }

    [Fact]
    public void Progress_DefersTheIdleTimeout()
    {
        AttemptTimer timer = Begin(hasBody: true);
        _clock.Advance(Options.Idle - Moment);
        timer.Progress();
        _clock.Advance(Options.Idle - Moment);
        timer.Progress();

        ShouldFireAfter(timer, Options.Idle, TimeoutPhase.Idle);
    }

    [Fact]
    public void Progress_DoesNotDeferTheTotal()
    {
        AttemptTimer timer = Begin(hasBody: true);
        for (int second = 0; second < 59; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            timer.Progress();
        }

        ShouldFireAfter(timer, TimeSpan.FromSeconds(1), TimeoutPhase.Total);
    }

    [Fact]
    public void Total_RunsFromTheRequestsFirstAttempt()
    {
        long startedAt = _clock.GetTimestamp();
        _clock.Advance(Options.Total - TimeSpan.FromSeconds(5));

        AttemptTimer timer = Begin(hasBody: false, startedAt);

        ShouldFireAfter(timer, TimeSpan.FromSeconds(5), TimeoutPhase.Total);
    }

    [Fact]
    public void TotalThatIsUpBeforeTheAttempt_FiresAtOnce()
    {
        long startedAt = _clock.GetTimestamp();
        _clock.Advance(Options.Total);

        AttemptTimer timer = Begin(hasBody: false, startedAt);
        _clock.Advance(TimeSpan.Zero);

        (timer.Fired, timer.Token.IsCancellationRequested).Should().Be((TimeoutPhase.Total, true));
    }

    /// <summary>An answer may come before the request's body is sent; what the body's end then says must not set the clock back.</summary>
    [Fact]
    public void EarlyAnswer_OvertakesTheEndOfTheBody()
    {
        AttemptTimer timer = Begin(hasBody: true);
        timer.HeadersCame(isStream: false);

        timer.BodySent();

        ShouldFireAfter(timer, Options.Idle, TimeoutPhase.Idle);
    }

    [Fact]
    public void EventStream_HasNoTotalButStaysUnderTheIdleTimeout()
    {
        AttemptTimer timer = Begin(hasBody: false);
        timer.HeadersCame(isStream: true);
        for (int second = 0; second < 1_000; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            timer.Progress();
        }

        timer.Fired.Should().Be(TimeoutPhase.None);
        ShouldFireAfter(timer, Options.Idle, TimeoutPhase.Idle);
    }

    [Fact]
    public async Task ClientThatLeaves_CancelsAndIsNoTimeout()
    {
        AttemptTimer timer = Begin(hasBody: false);

        await _client.CancelAsync();

        (timer.ClientLeft, timer.Fired, timer.Token.IsCancellationRequested).Should().Be((true, TimeoutPhase.None, true));
    }

    [Fact]
    public async Task ClientThatHasLeftBefore_CancelsAtOnce()
    {
        await _client.CancelAsync();
        AttemptTimer timer = Begin(hasBody: false);
        (timer.ClientLeft, timer.Token.IsCancellationRequested).Should().Be((true, true));
    }

    [Fact]
    public void FirstTimeoutThatFires_Stands()
    {
        AttemptTimer timer = Begin(hasBody: false);
        _clock.Advance(Options.FirstByte);

        timer.HeadersCame(isStream: false);
        _clock.Advance(Options.Total);

        timer.Fired.Should().Be(TimeoutPhase.FirstByte);
    }

    [Fact]
    public void Abandoning_CancelsAndIsNobodysFault()
    {
        AttemptTimer timer = Begin(hasBody: true);

        timer.Abandon();

        (timer.Token.IsCancellationRequested, timer.Fired, timer.ClientLeft).Should().Be((true, TimeoutPhase.None, false));
    }

    [Fact]
    public async Task AfterDispose_NothingFiresAndNothingThrows()
    {
        AttemptTimer timer = Begin(hasBody: true);
        timer.Dispose();

        timer.Progress();
        timer.BodySent();
        timer.HeadersCame(isStream: false);
        timer.Abandon();
        _clock.Advance(Options.Total);
        await _client.CancelAsync();

        (timer.Fired, timer.ClientLeft).Should().Be((TimeoutPhase.None, false));
        timer.Dispose();
    }

    [Fact]
    public void GrpcCall_HasNoTotal()
    {
        _timer = new AttemptTimer(_clock).Begin(Options with { FirstByte = Options.Total + Moment }, _clock.GetTimestamp(), hasBody: false, isGrpc: true, _client.Token);
        ShouldFireAfter(_timer, Options.Total + Moment, TimeoutPhase.FirstByte);
    }

    /// <summary>The timer, the client and the end of the attempt may meet in any order.</summary>
    [Fact]
    public async Task RacesWithDispose_NeverThrow()
    {
        for (int round = 0; round < 200; round++)
        {
            var clock = new FakeTimeProvider();
            using var client = new CancellationTokenSource();
            AttemptTimer timer = new AttemptTimer(clock).Begin(Options, clock.GetTimestamp(), hasBody: true, isGrpc: false, client.Token);
            await Given.OnThreads(3, part =>
            {
                switch (part)
                {
                    case 0:
                        clock.Advance(Options.Total);
                        break;
                    case 1:
                        client.Cancel();
                        break;
                    default:
                        timer.Dispose();
                        break;
                }
            });
        }
    }

    private AttemptTimer Begin(bool hasBody, long? startedAt = null) =>
        _timer = new AttemptTimer(_clock).Begin(Options, startedAt ?? _clock.GetTimestamp(), hasBody, isGrpc: false, _client.Token);

    private void ShouldFireAfter(AttemptTimer timer, TimeSpan wait, TimeoutPhase phase)
    {
        _clock.Advance(wait - Moment);
        (timer.Fired, timer.Token.IsCancellationRequested).Should().Be((TimeoutPhase.None, false), "one moment is left");
        _clock.Advance(Moment);
        (timer.Fired, timer.Token.IsCancellationRequested, timer.ClientLeft).Should().Be((phase, true, false));
    }
}
