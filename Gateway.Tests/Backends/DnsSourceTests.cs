using System.Net;
using System.Net.Sockets;
using Gateway.Core.Backends;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Backends;

public sealed class DnsSourceTests : IAsyncDisposable
{
    private static readonly DiscoveryOptions Discovery = new() { Kind = DiscoveryKind.Dns, Url = "https://product-headless:8004" };

    private readonly FakeTimeProvider _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly HostResolver _hosts;
    private readonly InstanceFeed _feed;
    private readonly Task _following;
    private TaskCompletionSource<IPAddress[]> _answer = new();

    public DnsSourceTests()
    {
        _feed = new InstanceFeed("svc", _clock, static (_, _) => { });
        _hosts = new HostResolver(new DnsOptions { Timeout = TimeSpan.FromMinutes(1) }, (_, _) =>
        {
            _asked.Release();
            return Volatile.Read(ref _answer).Task;
        }, _clock, static _ => { });
        _hosts.Keep(new DnsOptions { Timeout = TimeSpan.FromMinutes(1) }, [new Uri(Discovery.Url!)]);
        _following = new DnsSource(_hosts).FollowAsync(Discovery, _feed, _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await FluentActions.Awaiting(() => _following).Should().ThrowAsync<OperationCanceledException>();
        await _hosts.DisposeAsync();
        _asked.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task EveryAddress_IsAnInstance_ThatIsCalledByTheName()
    {
        await AnswerAsync("10.0.0.2", "fd00::1", "10.0.0.1", "::ffff:10.0.0.2");
        await HeardAsync("https://10.0.0.1:8004", "https://10.0.0.2:8004", "https://[fd00::1]:8004");
        _feed.Instances.Should().OnlyContain(static instance => instance.Authority == "product-headless:8004" && instance.Weight == 1);
    }

    [Fact]
    public async Task LaterAnswer_ReplacesTheEarlier()
    {
        await AnswerAsync("10.0.0.1", "10.0.0.2");
        await HeardAsync("https://10.0.0.1:8004", "https://10.0.0.2:8004");
        await AnswerAsync("10.0.0.3", "10.0.0.2");
        await HeardAsync("https://10.0.0.2:8004", "https://10.0.0.3:8004");
    }

    [Fact]
    public async Task FailureAndEmptyAnswer_KeepTheLastGoodOne()
    {
        await AnswerAsync("10.0.0.1");
        await HeardAsync("https://10.0.0.1:8004");

        await FailAsync();
        await UntilAsync(() => _feed.Failure is not null);
        _feed.Instances.Should().ContainSingle();

        await AnswerAsync();
        await UntilAsync(() => _feed.Failure == "no address");
        _feed.Instances.Should().ContainSingle();

        await AnswerAsync("10.0.0.1");
        await UntilAsync(() => _feed.Failure is null);
    }

    [Fact]
    public async Task BeforeTheFirstAnswer_NothingIsSaid()
    {
        await _asked.WaitAsync();
        (_feed.Answered.IsCompleted, _feed.Failure).Should().Be((false, null));
        _asked.Release();
    }

    private async Task AnswerAsync(params string[] addresses) => (await NextAsync()).SetResult([.. addresses.Select(IPAddress.Parse)]);

    private async Task FailAsync() => (await NextAsync()).SetException(new SocketException((int)SocketError.TryAgain));

    /// <summary>Waits until somebody asks, and makes the answer to the one who asks then another than that to the next.</summary>
    private async Task<TaskCompletionSource<IPAddress[]>> NextAsync()
    {
        await UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(5));
            return _asked.CurrentCount > 0;
        });
        await _asked.WaitAsync();
        return Interlocked.Exchange(ref _answer, new TaskCompletionSource<IPAddress[]>());
    }

    private Task HeardAsync(params string[] urls) => UntilAsync(() => _feed.Instances.Select(static instance => instance.Url).SequenceEqual(urls));

    private static async Task UntilAsync(Func<bool> isSo) =>
        (await Kit.Eventually.BecomesAsync(() => Task.FromResult(isSo()), static value => value)).Should().BeTrue();
}
