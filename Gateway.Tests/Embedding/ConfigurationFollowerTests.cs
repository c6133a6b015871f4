using Gateway.Core.Embedding;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Embedding;

public sealed class ConfigurationFollowerTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly IConfigurationRoot _configuration = new ConfigurationBuilder().AddInMemoryCollection([]).Build();
    private int _applied;

    [Fact]
    public async Task ManyChanges_AreAppliedOnce_AfterTheQuietTime()
    {
        await using ConfigurationFollower follower = Follow(() => Task.CompletedTask);

        for (int i = 0; i < 5; i++)
        {
            _configuration.Reload();
        }

        Volatile.Read(ref _applied).Should().Be(0, "the quiet time has not begun to pass");
        await PassAsync(1);
        await PassAsync(1);
        Volatile.Read(ref _applied).Should().Be(1);
    }

    [Fact]
    public async Task FailedChange_DoesNotEndTheFollowing()
    {
        await using ConfigurationFollower follower = Follow(() => _applied == 1 ? throw new InvalidOperationException("no") : Task.CompletedTask);

        _configuration.Reload();
        await PassAsync(1);
        _configuration.Reload();
        await PassAsync(2);

        Volatile.Read(ref _applied).Should().Be(2);
    }

    private ConfigurationFollower Follow(Func<Task> then) => new(_configuration.GetReloadToken, () =>
    {
        Interlocked.Increment(ref _applied);
        return then();
    }, NullLogger.Instance, _clock);

    /// <summary>Lets time pass until so many changes have been applied.</summary>
    private Task<int> PassAsync(int count) => Eventually.BecomesAsync(() =>
    {
        _clock.Advance(ConfigurationFollower.Quiet);
        return Task.FromResult(Volatile.Read(ref _applied));
    }, applied => applied >= count);
}
