using System.Collections.Concurrent;
using Gateway.Core.Embedding;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Embedding;

public sealed class ConfigurationFollowerTests
{
    private const string Key = "value";

    private readonly FakeTimeProvider _clock = new();
    private readonly IConfigurationRoot _configuration = new ConfigurationBuilder().AddInMemoryCollection([new(Key, "0")]).Build();
    private readonly ConcurrentQueue<string?> _applied = new();

    [Fact]
    public async Task ManyChanges_AreAppliedOnce_AfterTheQuietTime()
    {
        await using ConfigurationFollower follower = Follow();

        for (int i = 1; i <= 5; i++)
        {
            Change($"{i}");
        }

        await PassAsync(1);
        Change("6");
        await PassAsync(2);

        _applied.Should().Equal("5", "6");
    }

    [Fact]
    public async Task ChangesThatNeverSettle_AreAppliedAllTheSame_AfterTheMostRounds()
    {
        var restless = new RestlessClock(() => Change("again"));
        var applied = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var follower = new ConfigurationFollower(_configuration.GetReloadToken, NullLogger.Instance, restless);
        Change("first");

        follower.Start(() =>
        {
            applied.TrySetResult(restless.Waits);
            return Task.CompletedTask;
        });

        (await applied.Task.WaitAsync(TimeSpan.FromSeconds(60))).Should().Be(ConfigurationFollower.MostRounds);
    }

    [Fact]
    public async Task FailedChange_DoesNotEndTheFollowing()
    {
        await using ConfigurationFollower follower = Follow(() => _applied.Count == 1 ? throw new InvalidOperationException("no") : Task.CompletedTask);

        Change("1");
        await PassAsync(1);
        Change("2");
        await PassAsync(2);

        _applied.Should().Equal("1", "2");
    }

    /// <summary>As while an application starts: the configuration may have been read already.</summary>
    [Fact]
    public async Task ChangeBeforeTheStart_IsNotLost()
    {
        await using var follower = new ConfigurationFollower(_configuration.GetReloadToken, NullLogger.Instance, _clock);
        Change("early");

        follower.Start(Apply(static () => Task.CompletedTask));

        await PassAsync(1);
        _applied.Should().Equal("early");
    }

    [Fact]
    public async Task Stop_WaitsForTheChangeUnderWay_AsLongAsItMay_AndAppliesNoOther()
    {
        var finish = new TaskCompletionSource();
        await using ConfigurationFollower follower = Follow(() => finish.Task);
        Change("1");
        await PassAsync(1);
        using var patience = new CancellationTokenSource();

        Task stopping = follower.StopAsync(patience.Token);
        stopping.IsCompleted.Should().BeFalse("a change is under way");
        await patience.CancelAsync();
        await stopping;
        Change("2");
        finish.SetResult();
        await follower.StopAsync(CancellationToken.None);

        _applied.Should().Equal("1");
    }

    private void Change(string value)
    {
        _configuration[Key] = value;
        _configuration.Reload();
    }

    private Func<Task> Apply(Func<Task> then) => () =>
    {
        _applied.Enqueue(_configuration[Key]);
        return then();
    };

    private ConfigurationFollower Follow(Func<Task>? then = null)
    {
        var follower = new ConfigurationFollower(_configuration.GetReloadToken, NullLogger.Instance, _clock);
        follower.Start(Apply(then ?? (static () => Task.CompletedTask)));
        return follower;
    }

    /// <summary>Lets time pass until so many changes have been applied.</summary>
    private Task<int> PassAsync(int count) => Eventually.BecomesAsync(() =>
    {
        _clock.Advance(ConfigurationFollower.Quiet);
        return Task.FromResult(_applied.Count);
    }, applied => applied >= count);

    /// <summary>Something changes during every wait, and each is over at once.</summary>
    private sealed class RestlessClock(Action change) : TimeProvider
    {
        private int _waits;

        public int Waits => Volatile.Read(ref _waits);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref _waits);
            change();
            return base.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
