using Gateway.Host.Admin;
using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Admin;

public sealed class OncePerConfigurationTests
{
    private HostConfiguration _inForce = ConfigurationFiles.Load(ConfigurationFiles.ContractExample).Configuration!;
    private int _made;

    [Fact]
    public async Task Many_GetTheSame_MadeOnce_AndWaitWithoutAThread()
    {
        using var go = new ManualResetEventSlim();
        var once = new OncePerConfiguration<object>(() => _inForce, _ =>
        {
            Interlocked.Increment(ref _made);
            go.Wait(TimeSpan.FromSeconds(30)).Should().BeTrue();
            return new object();
        });

        Task<object>[] asked = [.. Enumerable.Range(0, 100).Select(_ => once.GetAsync())];
        asked.Should().OnlyContain(static one => !one.IsCompleted);
        go.Set();

        (await Task.WhenAll(asked)).Distinct().Should().ContainSingle();
        _made.Should().Be(1);
    }

    [Fact]
    public async Task ConfigurationThatFollows_HasItsOwn()
    {
        var once = new OncePerConfiguration<HostConfiguration>(() => _inForce, static configuration => configuration);
        (await once.GetAsync()).Should().BeSameAs(_inForce);
        _inForce = _inForce with { MaxConnections = 7 };
        (await once.GetAsync()).Should().BeSameAs(_inForce);
    }

    [Fact]
    public async Task WhatCannotBeMade_IsMadeAgainForTheNext()
    {
        var once = new OncePerConfiguration<string>(() => _inForce, _ => Interlocked.Increment(ref _made) == 1 ? throw new FormatException("no") : "made");
        await FluentActions.Awaiting(once.GetAsync).Should().ThrowAsync<FormatException>();
        (await once.GetAsync()).Should().Be("made");
    }
}
