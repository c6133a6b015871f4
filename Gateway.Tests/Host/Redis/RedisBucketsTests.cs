using Gateway.Core.RateLimiting;
using Gateway.Host.Redis;
using Gateway.Tests.Kit;
using StackExchange.Redis;

namespace Gateway.Tests.Host.Redis;

/// <summary>What a store of shared buckets answers: the same whether it is a model, Garnet in this process, or a real redis-server.</summary>
public sealed class RedisBucketsTests : IAsyncLifetime
{
    private const string Model = "model", Garnet = "Garnet";

    /// <summary>So slow that none comes back while a test runs.</summary>
    private const double Slow = 0.001;

    private readonly List<IAsyncDisposable> _all = [];
    private EmbeddedRedis? _embedded;
    private RedisProcess? _process;

    /// <summary>redis-server, if this machine has it, or must have it.</summary>
    public static TheoryData<string> Stores => Programs.WhyNot(RedisProcess.Program) is null ? new() { Model, Garnet, RedisProcess.Program } : new() { Model, Garnet };

    public static TheoryData<string> Servers => Programs.WhyNot(RedisProcess.Program) is null ? new() { Garnet, RedisProcess.Program } : new() { Garnet };

    [FactNeeds(RedisProcess.Program)]
    public void RealServer_IsAmongTheStores() => Stores.Should().HaveCount(3);

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Wants_AreGrantedUntilItIsEmpty(string kind)
    {
        SharedBucketStore store = await StartAsync(kind);
        (await LeaseAsync(store, want: 8)).Should().Match<BucketLease>(static lease => lease.Granted == 8 && lease.Remaining == 12);
        (await LeaseAsync(store, want: 8)).Granted.Should().Be(8);
        (await LeaseAsync(store, want: 8)).Should().Match<BucketLease>(static lease => lease.Granted == 4 && lease.Remaining == 0);
        BucketLease none = await LeaseAsync(store, want: 8);
        none.Granted.Should().Be(0);
        none.UntilToken.Should().BeCloseTo(TimeSpan.FromSeconds(1 / Slow), TimeSpan.FromSeconds(30));
        none.UntilFull.Should().BeCloseTo(TimeSpan.FromSeconds(20 / Slow), TimeSpan.FromSeconds(30));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task GivenBack_CanBeLeasedAgainButNeverMoreThanAll(string kind)
    {
        SharedBucketStore store = await StartAsync(kind);
        (await LeaseAsync(store, want: 20)).Granted.Should().Be(20);
        (await LeaseAsync(store, want: 8, debt: -5)).Granted.Should().Be(5);
        (await LeaseAsync(store, want: 0, debt: -100)).Should().Be(new BucketLease(0, 20, TimeSpan.Zero, TimeSpan.Zero));
        (await LeaseAsync(store, want: 100)).Granted.Should().Be(20);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Debt_IsChargedBeyondEmptyButNotForEver(string kind)
    {
        SharedBucketStore store = await StartAsync(kind);
        BucketLease owed = await LeaseAsync(store, want: 1, debt: 30);
        owed.Granted.Should().Be(0);
        owed.UntilToken.Should().BeCloseTo(TimeSpan.FromSeconds(11 / Slow), TimeSpan.FromSeconds(30));
        (await LeaseAsync(store, want: 1, debt: 500)).UntilFull.Should().BeCloseTo(TimeSpan.FromSeconds(40 / Slow), TimeSpan.FromSeconds(30));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Tokens_ComeBackWithTime(string kind)
    {
        SharedBucketStore store = await StartAsync(kind);
        var request = new BucketLeaseRequest("fast", 1, Capacity: 10, RefillPerSecond: 100, Want: 10, Debt: 0);
        await store.LeaseAsync(request);
        await RealTime.PassesAsync(TimeSpan.FromMilliseconds(200));
        (await store.LeaseAsync(request)).Granted.Should().Be(10, "more would have come back in the time, but it holds no more");
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task KeysAndPolicies_HaveBucketsOfTheirOwn(string kind)
    {
        SharedBucketStore store = await StartAsync(kind);
        (await LeaseAsync(store, want: 20)).Granted.Should().Be(20);
        (await LeaseAsync(store, want: 20, key: 2)).Granted.Should().Be(20);
        (await LeaseAsync(store, want: 20, policy: "p/gold")).Granted.Should().Be(20);
        (await LeaseAsync(store, want: 20)).Granted.Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task HighRates_AreExactToAToken(string kind)
    {
        SharedBucketStore store = await StartAsync(kind);
        var request = new BucketLeaseRequest("high", 1, Capacity: 1_000_000_000, RefillPerSecond: 10_000, Want: 999_999_999, Debt: 0);
        (await store.LeaseAsync(request)).Granted.Should().Be(999_999_999);
        (await store.LeaseAsync(request with { Want = 0 })).Remaining.Should().BeInRange(1, 100_000);
    }

    /// <summary>A bucket of one token at three a second once gave none, since the time of day in microseconds is exact to a quarter only.</summary>
    [Theory]
    [MemberData(nameof(Stores))]
    public async Task FullBucket_HasAllItsTokensAtAnyRate(string kind)
    {
        SharedBucketStore store = await StartAsync(kind);
        foreach (double rate in (double[])[0.0167, 0.0833, 0.3, 3, 7, 30, 33.3])
        {
            foreach (long capacity in (long[])[1, 5, 10, 100])
            {
                var request = new BucketLeaseRequest($"{rate}/{capacity}", 1, capacity, rate, Want: 1_000, Debt: 0);
                (await store.LeaseAsync(request)).Granted.Should().Be(capacity, "{0} at {1} a second", capacity, rate);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Key_TellsNobodyAndLastsUntilTheBucketIsFull(string kind)
    {
        SharedBucketStore store = await StartAsync(kind);
        await LeaseAsync(store, want: 0, key: 7);
        IDatabase redis = await DatabaseAsync();
        RedisKey name = ((RedisBuckets)store).NameOf(Request(want: 0, debt: 0, key: 7));
        (await redis.KeyExistsAsync(name)).Should().BeFalse("a full bucket is no key");
        await LeaseAsync(store, want: 2, key: 7);
        (await redis.KeyTimeToLiveAsync(name)).Should().BeCloseTo(TimeSpan.FromSeconds(2 / Slow), TimeSpan.FromSeconds(30));
        name.ToString().Should().MatchRegex(@"^gateway:limit:p:\{[A-Za-z0-9_-]{22}\}$");
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task FlushedScripts_AreSentAgain(string kind)
    {
        SharedBucketStore store = await StartAsync(kind);
        (await LeaseAsync(store, want: 8)).Granted.Should().Be(8);
        await (await DatabaseAsync()).ExecuteAsync("SCRIPT", "FLUSH");
        (await LeaseAsync(store, want: 8)).Granted.Should().Be(8);
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Gateways_AreCountedUntilTheyLeave(string kind)
    {
        SharedBucketStore one = await StartAsync(kind), other = Connect();
        (await one.JoinAsync()).Should().Be(1);
        (await other.JoinAsync()).Should().Be(2);
        await other.DisposeAsync();
        (await one.JoinAsync()).Should().Be(1);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (IAsyncDisposable one in _all)
        {
            await one.DisposeAsync();
        }

        _embedded?.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private static Task<BucketLease> LeaseAsync(SharedBucketStore store, long want, long debt = 0, uint key = 1, string policy = "p") =>
        store.LeaseAsync(Request(want, debt, key, policy));

    private static BucketLeaseRequest Request(long want, long debt, uint key, string policy = "p") => new(policy, key, Capacity: 20, Slow, want, debt);

    private async Task<SharedBucketStore> StartAsync(string kind)
    {
        switch (kind)
        {
            case Garnet:
                _embedded = EmbeddedRedis.Start();
                return Connect();
            case RedisProcess.Program:
                _process = await RedisProcess.StartAsync();
                return Connect();
            default:
                return ModelStore.On(TimeProvider.System);
        }
    }

    private RedisBuckets Connect()
    {
        var store = new RedisBuckets(new RateLimitStoreOptions { Kind = RateLimitStoreKind.Redis, Redis = _embedded?.Address ?? _process!.Address });
        _all.Add(store);
        return store;
    }

    private async Task<IDatabase> DatabaseAsync()
    {
        ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync((_embedded?.Address ?? _process!.Address) + ",allowAdmin=true");
        _all.Add(connection);
        return connection.GetDatabase();
    }
}
