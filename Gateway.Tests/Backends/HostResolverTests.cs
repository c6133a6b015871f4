using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

public sealed class HostResolverTests : IAsyncDisposable
{
    private static readonly DnsOptions Options = new() { RefreshInterval = TimeSpan.FromSeconds(30), Timeout = TimeSpan.FromSeconds(5) };
    private static readonly IPAddress[] One = [IPAddress.Parse("10.0.0.1")], Two = [IPAddress.Parse("10.0.0.2")];

    private readonly ObservedClock _clock = new(Options.Timeout);
    private readonly ConcurrentQueue<string> _asked = [];
    private readonly ConcurrentQueue<string> _changes = [];
    private readonly HostResolver _resolver;
    private Func<string, Task<IPAddress[]>> _answer = static _ => Task.FromResult(One);

    public HostResolverTests() => _resolver = new HostResolver(Options, AskAsync, _clock,
        host => _changes.Enqueue(host.Failure is { } failure ? $"{host.Name}: {failure}, {host.Addresses.Count} known" : $"{host.Name}: well"));

    public ValueTask DisposeAsync() => _resolver.DisposeAsync();

    [Theory]
    [InlineData("http://product:8004", "product")]
    [InlineData("https://Product.Shop.svc", "product.shop.svc")]
    [InlineData("http://localhost", "localhost")]
    [InlineData("http://bücher.example", "xn--bcher-kva.example")]
    [InlineData("http://10.0.0.4:8004", null)]
    [InlineData("http://[::1]:8004", null)]
    public void NameOfAnAddress_IsItsHostUnlessThatIsAnIpAddress(string url, string? name) => HostResolver.NameOf(new Uri(url)).Should().Be(name);

    [Fact]
    public async Task KeptName_IsLookedUpAtOnceAndAgainAtTheInterval()
    {
        Keep("http://product:8004", "http://10.0.0.9");

        TimeSpan wait = await _clock.NextDelayAsync();
        (await OrderAsync("product")).Should().Equal(One);
        _answer = static _ => Task.FromResult(Two);
        _clock.AdvanceToTheNext();
        await _clock.NextDelayAsync();

        wait.Should().BeCloseTo(Options.RefreshInterval, Options.RefreshInterval * Pace.Jitter);
        (await OrderAsync("PRODUCT")).Should().Equal(Two);
        _asked.Should().Equal("product", "product");
        _changes.Should().BeEmpty();
    }

    [Fact]
    public async Task NameWithoutAnAnswer_IsLookedUpAgainAfterAboutASecond()
    {
        _answer = static _ => throw new SocketException((int)SocketError.HostNotFound);
        HostAddresses host = _resolver.Of("product");

        (await _clock.NextDelayAsync()).Should().BeCloseTo(HostResolver.RetryInterval, HostResolver.RetryInterval * Pace.Jitter);
        await FluentActions.Awaiting(() => host.NextOrderAsync(CancellationToken.None).AsTask()).Should().ThrowAsync<SocketException>();
        _answer = static _ => Task.FromResult(One);
        _clock.AdvanceToTheNext();

        (await _clock.NextDelayAsync()).Should().BeGreaterThan(TimeSpan.FromSeconds(20), "it has one now");
        host.Addresses.Should().Equal(One);
    }

    [Fact]
    public async Task FailedLookUp_KeepsTheLastGoodAnswerAndIsRepeatedAtTheInterval()
    {
        HostAddresses host = _resolver.Of("product");
        await _clock.NextDelayAsync();
        _answer = static _ => Task.FromException<IPAddress[]>(new InvalidOperationException("server failure"));
        _clock.AdvanceToTheNext();

        (await _clock.NextDelayAsync()).Should().BeGreaterThan(TimeSpan.FromSeconds(20));
        (await OrderAsync("product")).Should().Equal(One);
        host.Failure.Should().Be("server failure");
    }

    [Fact]
    public async Task Change_IsToldOnceEachWay()
    {
        _resolver.Of("product");
        await _clock.NextDelayAsync();
        foreach (IPAddress[] answer in new IPAddress[][] { [], [], One, One })
        {
            _answer = _ => Task.FromResult(answer);
            _clock.AdvanceToTheNext();
            await _clock.NextDelayAsync();
        }

        _changes.Should().Equal("product: no address, 1 known", "product: well");
    }

    [Fact]
    public async Task LookUpOverItsTime_CountsAsFailedAndIsNotRepeatedBesideItself()
    {
        var late = new TaskCompletionSource<IPAddress[]>();
        _answer = _ => late.Task;
        HostAddresses host = _resolver.Of("product");

        (await AdvanceUntilAsync(() => host.Failure, static failure => failure is not null)).Should().Be("no answer within 5 s");
        await AdvanceUntilAsync(() => _clock.GetUtcNow(), static now => now > DateTimeOffset.UnixEpoch.AddMinutes(1));
        _asked.Should().HaveCount(1);
        late.SetResult(One);

        (await AdvanceUntilAsync(() => host.Addresses.Count, static count => count > 0)).Should().Be(1);
        _changes.First().Should().Be("product: no answer within 5 s, 0 known");
    }

    [Fact]
    public async Task LookUpsOverTheLimit_WaitForTheirTurn()
    {
        var answers = new ConcurrentQueue<TaskCompletionSource<IPAddress[]>>();
        _answer = _ =>
        {
            var answer = new TaskCompletionSource<IPAddress[]>();
            answers.Enqueue(answer);
            return answer.Task;
        };
        for (int i = 0; i <= HostResolver.MaxLookUps; i++)
        {
            _resolver.Of($"host-{i}");
        }

        await Eventually.BecomesAsync(() => Task.FromResult(answers.Count), static count => count == HostResolver.MaxLookUps);
        answers.Should().HaveCount(HostResolver.MaxLookUps);
        answers.First().SetResult(One);

        (await Eventually.BecomesAsync(() => Task.FromResult(_asked.Count), static count => count > HostResolver.MaxLookUps))
            .Should().Be(HostResolver.MaxLookUps + 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UnusedName_IsForgottenAfterTenIntervalsUnlessItIsKept(bool kept)
    {
        Keep(kept ? "http://product" : "http://10.0.0.1");
        HostAddresses host = _resolver.Of("product");
        for (TimeSpan passed = TimeSpan.Zero; passed < HostResolver.ForgottenAfter * Options.RefreshInterval; _clock.AdvanceToTheNext())
        {
            ReferenceEquals(_resolver.Known.Single(), host).Should().BeTrue("it is not so long ago");
            passed += await _clock.NextDelayAsync();
        }

        (await Eventually.BecomesAsync(() => Task.FromResult(_resolver.Known.Count), count => count == (kept ? 1 : 0))).Should().Be(kept ? 1 : 0);
        ReferenceEquals(_resolver.Of("product"), host).Should().Be(kept);
    }

    [Fact]
    public async Task NamesOfTheNextConfiguration_TakeThePlaceOfThoseKept()
    {
        Keep("http://old");
        await _clock.NextDelayAsync();
        _resolver.Keep(Options with { RefreshInterval = TimeSpan.FromSeconds(100) }, [new Uri("http://new")]);
        (await _clock.NextDelayAsync()).Should().BeGreaterThan(TimeSpan.FromSeconds(80));

        _clock.Advance(HostResolver.ForgottenAfter * TimeSpan.FromSeconds(100));

        (await Eventually.BecomesAsync(() => Task.FromResult(_resolver.Known), static known => known.Count == 1))
            .Should().ContainSingle().Which.Name.Should().Be("new");
    }

    [Fact]
    public async Task LookUps_KnowNothingOfTheRequestThatBeganThem()
    {
        var request = new AsyncLocal<string?> { Value = "request" };
        string? seen = "nothing";
        _answer = _ =>
        {
            seen = request.Value;
            return Task.FromResult(One);
        };

        await OrderAsync("product");

        seen.Should().BeNull();
        request.Value.Should().Be("request");
    }

    [Fact]
    public async Task Dispose_ReleasesWhoeverWaitsAndLeavesAHangingLookUpToItself()
    {
        _answer = static _ => new TaskCompletionSource<IPAddress[]>().Task;
        ValueTask<IPAddress[]> waiting = _resolver.Of("product").NextOrderAsync(CancellationToken.None);

        await _resolver.DisposeAsync();

        await FluentActions.Awaiting(() => waiting.AsTask()).Should().ThrowAsync<SocketException>();
        FluentActions.Invoking(() => _resolver.Of("other")).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public async Task System_KnowsThisMachine() =>
        (await HostResolver.AskSystemAsync("localhost", CancellationToken.None)).Should().NotBeEmpty().And.OnlyContain(static address => IPAddress.IsLoopback(address));

    private void Keep(params string[] urls) => _resolver.Keep(Options, urls.Select(static url => new Uri(url)));

    private ValueTask<IPAddress[]> OrderAsync(string name) => _resolver.Of(name).NextOrderAsync(CancellationToken.None);

    private Task<IPAddress[]> AskAsync(string name, CancellationToken cancellationToken)
    {
        _asked.Enqueue(name);
        return _answer(name);
    }

    /// <summary>Lets a second pass at a time until what is wanted has come.</summary>
    private Task<T> AdvanceUntilAsync<T>(Func<T> read, Func<T, bool> wanted) => Eventually.BecomesAsync(
        () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(read());
        },
        wanted);
}
