using Gateway.Core.Backends;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Proxying;

public sealed class AttemptTimersTests : IDisposable
{
    private static readonly TimeoutOptions Options = new()
    {
        FirstByte = TimeSpan.FromSeconds(10),
        Idle = TimeSpan.FromSeconds(20),
        Total = TimeSpan.FromSeconds(60),
    };

    private readonly FakeTimeProvider _clock = new();
    private readonly CancellationTokenSource _client = new();
    private readonly AttemptTimers _timers;

    public AttemptTimersTests() => _timers = new AttemptTimers(_clock);

    public void Dispose()
    {
        _timers.Dispose();
        _client.Dispose();
    }

    [Fact]
    public void TimerOfAnAttemptThatWentWell_ServesTheNext()
    {
        AttemptTimer first = Begin();
        first.HeadersCame(isStream: true);
        _timers.Return(first);

        Begin().Should().BeSameAs(first);
    }

    /// <summary>Set for the first attempt, it fires in the middle of the second, and must not be taken for that one's timeout.</summary>
    [Fact]
    public void NextAttempt_HasItsOwnTimeouts()
    {
        AttemptTimer timer = Begin();
        _clock.Advance(TimeSpan.FromSeconds(9));
        timer.HeadersCame(isStream: true);
        _timers.Return(timer);
        Begin().Should().BeSameAs(timer);

        _clock.Advance(TimeSpan.FromSeconds(9));
        timer.Fired.Should().Be(TimeoutPhase.None);
        timer.Token.IsCancellationRequested.Should().BeFalse();

        _clock.Advance(TimeSpan.FromSeconds(1));
        timer.Fired.Should().Be(TimeoutPhase.FirstByte);
        timer.Token.IsCancellationRequested.Should().BeTrue();
    }

    [Fact]
    public void IdleTimer_FiresForNobody_AndServesAllTheSame()
    {
        AttemptTimer timer = Begin();
        _timers.Return(timer);
        _clock.Advance(TimeSpan.FromHours(1));

        Begin().Should().BeSameAs(timer);
        timer.Token.IsCancellationRequested.Should().BeFalse();
        _clock.Advance(Options.FirstByte);
        timer.Fired.Should().Be(TimeoutPhase.FirstByte);
    }

    [Fact]
    public async Task ClientOfAnAttemptThatIsOver_CancelsNothing()
    {
        AttemptTimer timer = Begin();
        _timers.Return(timer);
        _timers.Begin(Options, _clock.GetTimestamp(), hasBody: false, isGrpc: false, CancellationToken.None).Should().BeSameAs(timer);

        await _client.CancelAsync();
        timer.ClientLeft.Should().BeFalse();
        timer.Token.IsCancellationRequested.Should().BeFalse();
    }

    public enum Ending
    {
        TimedOut,
        ClientLeft,
        Abandoned,
        HadABody,
    }

    [Theory]
    [InlineData(Ending.TimedOut)]
    [InlineData(Ending.ClientLeft)]
    [InlineData(Ending.Abandoned)]
    [InlineData(Ending.HadABody)]
    public async Task TimerThatHasFired_OrThatOthersMayHold_IsNotUsedAgain(Ending end)
    {
        AttemptTimer timer = Begin(hasBody: end == Ending.HadABody);
        switch (end)
        {
            case Ending.TimedOut:
                _clock.Advance(Options.FirstByte);
                break;
            case Ending.ClientLeft:
                await _client.CancelAsync();
                break;
            case Ending.Abandoned:
                timer.Abandon();
                break;
        }

        _timers.Return(timer);
        Begin().Should().NotBeSameAs(timer);
    }

    [Fact]
    public void TimersOverTheLimit_AreNotKept()
    {
        AttemptTimer[] many = [.. Enumerable.Range(0, AttemptTimers.Kept + 50).Select(_ => Begin())];
        foreach (AttemptTimer timer in many)
        {
            _timers.Return(timer);
        }

        Enumerable.Range(0, many.Length).Count(_ => many.Contains(Begin())).Should().BeInRange(AttemptTimers.Kept, AttemptTimers.Kept + 1);
    }

    [Fact]
    public void NextAttempt_AllocatesNothing()
    {
        long now = _clock.GetTimestamp();
        Allocations.Of(() =>
        {
            AttemptTimer timer = _timers.Begin(Options, now, hasBody: false, isGrpc: false, _client.Token);
            timer.HeadersCame(isStream: false);
            _timers.Return(timer);
        }).Should().Be(0);
    }

    private AttemptTimer Begin(bool hasBody = false) => _timers.Begin(Options, _clock.GetTimestamp(), hasBody, isGrpc: false, _client.Token);
}
