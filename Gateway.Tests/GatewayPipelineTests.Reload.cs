using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.LoadBalancing;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;

namespace Gateway.Tests;

/// <content>Configurations that follow each other, one of which cannot be put in force.</content>
public sealed partial class GatewayPipelineTests
{
    private static readonly GatewayOptions Stored = TestOptions.For("http://10.0.0.1:80") with
    {
        RateLimitStore = new RateLimitStoreOptions { Kind = RateLimitStoreKind.Redis, Redis = "127.0.0.1:1" },
        RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["some"] = new() { Capacity = 1, RefillPerSecond = 1 } },
        DefaultRateLimits = ["some"],
    };

    /// <summary>What it had been given a share of was never disposed of.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ConfigurationThatCannotBeMade_ChangesNothing_AndKeepsNothing(bool isStage)
    {
        bool fails = false;
        var store = ModelStore.On(TimeProvider.System);
        var pipeline = new GatewayPipeline(Balanced(Stored), extensions: new GatewayExtensions
        {
            RateLimitStore = _ => store,
            LoadBalancers = new Dictionary<string, Func<ServiceOptions, LoadBalancer>>
            {
                ["own"] = _ => fails && !isStage ? throw new FormatException("no balancer") : LoadBalancer.Create(LoadBalancingPolicy.RoundRobin),
            },
            Stages = [new GatewayStage(StagePosition.BeforeProxying, next => fails && isStage ? throw new FormatException("no stage") : next)],
        });
        GatewayParts before = pipeline.Parts;
        fails = true;
        GatewayOptions next = Balanced(Stored) with { Services = Balanced(TestOptions.For("http://10.0.0.2:80")).Services };

        await FluentActions.Awaiting(() => pipeline.ReloadAsync(next)).Should().ThrowAsync<FormatException>();

        pipeline.Parts.Should().BeSameAs(before);
        (pipeline.RetiredConfigurations, store.IsDisposed).Should().Be((0, false));
        fails = false;
        await pipeline.ReloadAsync(next);
        pipeline.Parts.Options.Should().BeSameAs(next);
        await pipeline.DisposeAsync();
        store.IsDisposed.Should().BeTrue("no share of it is left");
    }

    /// <summary>It was told as refused, while requests went by it.</summary>
    [Fact]
    public async Task WhatFailsOnceTheConfigurationIsInForce_IsLogged_AndTheReloadIsDone()
    {
        EventLog events = EventLog.Create();
        var pipeline = new GatewayPipeline(TestOptions.For("http://10.0.0.1:80"), events);
        pipeline.Start();
        await pipeline.Lasting.Hosts.DisposeAsync();
        GatewayOptions next = TestOptions.For("http://name.example:80");

        await pipeline.ReloadAsync(next);

        pipeline.Parts.Options.Should().BeSameAs(next);
        events.Written.Should().ContainSingle(static one => one.Exception is ObjectDisposedException);
        await FluentActions.Awaiting(() => pipeline.DisposeAsync().AsTask()).Should().ThrowAsync<ObjectDisposedException>("a part of it has been taken away");
    }

    /// <summary>Instances that are found while another configuration waits for its own made that one's be followed no more.</summary>
    [Fact]
    public async Task InstancesFoundDuringAReload_LeaveAloneWhatItFollows()
    {
        var feeds = new Dictionary<string, TaskCompletionSource<InstanceFeed>> { ["a"] = new(), ["b"] = new() };
        GatewayOptions Following(params string[] names) => TestOptions.For("http://10.0.0.1:80") with
        {
            Services = names.ToDictionary(static name => name, static name => new ServiceOptions
            {
                Discovery = new DiscoveryOptions { CustomSource = name },
            }),
            Routes = new Dictionary<string, GatewayRouteOptions> { ["all"] = TestOptions.AnyPath with { Service = names[0] } },
        };
        await using var pipeline = new GatewayPipeline(Following("a"), extensions: new GatewayExtensions
        {
            InstanceSources = feeds.ToDictionary(static one => one.Key, static one => (InstanceSource)((_, feed, stop) =>
            {
                one.Value.TrySetResult(feed);
                return Task.Delay(Timeout.Infinite, stop);
            })),
        });
        pipeline.Start();
        InstanceFeed a = await feeds["a"].Task;
        a.Report([new DiscoveredInstance("http://10.0.0.1")]);
        await Eventually.BecomesAsync(() => Task.FromResult(pipeline.Parts.Services[0].Instances.Length), static count => count == 1);

        Task reload = pipeline.ReloadAsync(Following("a", "b"));
        InstanceFeed b = await feeds["b"].Task;
        a.Report([new DiscoveredInstance("http://10.0.0.1"), new DiscoveredInstance("http://10.0.0.2")]);
        await Eventually.BecomesAsync(() => Task.FromResult(pipeline.Parts.Services[0].Instances.Length), static count => count == 2);
        b.Report([new DiscoveredInstance("http://10.0.0.3")]);
        await reload;

        pipeline.Parts.Services.Select(static service => service.Instances.Length).Should().Equal(2, 1);
    }

    [Fact]
    public async Task EndDuringAReload_EndsThatToo_AndNothingIsPutInForce()
    {
        var following = new TaskCompletionSource();
        GatewayOptions options = TestOptions.For("http://10.0.0.1:80");
        var pipeline = new GatewayPipeline(options, extensions: new GatewayExtensions
        {
            InstanceSources = new Dictionary<string, InstanceSource>
            {
                ["silent"] = (_, _, stop) =>
                {
                    following.TrySetResult();
                    return Task.Delay(Timeout.Infinite, stop);
                },
            },
        });
        pipeline.Start();
        Task reload = pipeline.ReloadAsync(options with
        {
            Services = new Dictionary<string, ServiceOptions>
            {
                ["svc"] = new() { Discovery = new DiscoveryOptions { CustomSource = "silent", StartTimeout = TimeSpan.FromMinutes(5) } },
            },
        });
        await following.Task;

        await pipeline.DisposeAsync();

        await FluentActions.Awaiting(() => reload).Should().ThrowAsync<ObjectDisposedException>();
        pipeline.Parts.Options.Should().BeSameAs(options);
    }

    [Fact]
    public async Task AfterTheEnd_NothingIsPutInForceOrBegun_AndEndingAgainDoesNothing()
    {
        var pipeline = new GatewayPipeline(TestOptions.For("http://10.0.0.1:80"));
        await pipeline.DisposeAsync();
        await pipeline.DisposeAsync();
        await FluentActions.Awaiting(() => pipeline.ReloadAsync(TestOptions.For("http://10.0.0.2:80"))).Should().ThrowAsync<ObjectDisposedException>();
        FluentActions.Invoking(pipeline.Start).Should().Throw<ObjectDisposedException>();
    }

    private static GatewayOptions Balanced(GatewayOptions options) => options with
    {
        Services = options.Services.ToDictionary(static one => one.Key, static one => one.Value with { CustomLoadBalancing = "own" }),
    };
}
