using Gateway.Core.Authentication;
using Gateway.Host.Redis;
using Gateway.Tests.Kit;
using StackExchange.Redis;

namespace Gateway.Tests.Host.Redis;

/// <summary>What a store of tokens answers: the same whether it is a model, Garnet in this process, or a real redis-server.</summary>
public sealed class RedisTokensTests : IAsyncLifetime
{
    private const string Model = "model", Garnet = "Garnet";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5), Patience = TimeSpan.FromSeconds(10);

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
    public async Task Entry_IsThereUntilItIsRemoved(string kind)
    {
        SharedTokenStore store = await StartAsync(kind);
        (await store.GetAsync("h")).Should().BeNull();
        await store.SetAsync("h", [1, 0, 255], Life);
        await store.SetAsync("h", [2, 0, 255], Life);
        (await store.GetAsync("h")).Should().Equal(2, 0, 255);
        await store.RemoveAsync("h");
        await store.RemoveAsync("h");
        (await store.GetAsync("h")).Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Log_IsOneChainInOrder(string kind)
    {
        SharedTokenStore store = await StartAsync(kind);
        RevocationPage empty = await store.ReadAsync(0, 10, "name0");
        (await store.ReadAsync(0, 10, "name1")).Log.Should().Be(empty.Log, "it has begun");
        await store.AppendAsync("t-a", "m1", 10, Life);
        await store.AppendAsync("u-b", "m2", 10, Life);

        RevocationPage page = await store.ReadAsync(0, 10, "name2");

        empty.Should().BeEquivalentTo(new RevocationPage("name0", 0, "", []));
        page.Should().BeEquivalentTo(new RevocationPage(
            "name0", 2, "m2", [new RevocationRecord(1, "", "m1", "t-a"), new RevocationRecord(2, "m1", "m2", "u-b")]));
        (await store.ReadAsync(1, 10, "x")).Records.Should().Equal(page.Records[1]);
        (await store.ReadAsync(0, 1, "x")).Records.Should().Equal(page.Records[0]);
        (await store.ReadAsync(2, 10, "x")).Records.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Log_KeepsTheLast(string kind)
    {
        SharedTokenStore store = await StartAsync(kind);
        for (int i = 1; i <= 12; i++)
        {
            await store.AppendAsync("t-a", $"m{i}", 5, Life);
        }

        RevocationPage page = await store.ReadAsync(0, 100, "x");
        page.Records.Select(static record => record.Sequence).Should().Equal(8, 9, 10, 11, 12);
        (page.Log, page.Sequence, page.Mark).Should().Be(("m1", 12, "m12"));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Renamed_OnceAndOnlyTheOneThatIsMeant(string kind)
    {
        SharedTokenStore store = await StartAsync(kind);
        await store.RenameAsync("m1", "early");
        await store.AppendAsync("t-a", "m1", 10, Life);
        await store.RenameAsync("m1", "n1");
        await store.RenameAsync("m1", "n2");
        await store.AppendAsync("t-b", "m2", 10, Life);
        RevocationPage page = await store.ReadAsync(0, 10, "x");
        (page.Log, page.Sequence, page.Mark, page.Records.Count).Should().Be(("n1", 2, "m2", 2));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task ManyAtOnce_AreStillOneChain(string kind)
    {
        SharedTokenStore store = await StartAsync(kind);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => store.AppendAsync("t-a", $"m{i}", 1000, Life)));
        string before = "";
        long sequence = 0;
        foreach (RevocationRecord record in (await store.ReadAsync(0, 1000, "x")).Records)
        {
            (record.Sequence, record.Before).Should().Be((++sequence, before));
            before = record.Mark;
        }

        sequence.Should().Be(200);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Listener_IsNudgedByOthers(string kind)
    {
        SharedTokenStore store = await StartAsync(kind), other = kind == Model ? store : Connect();
        int nudges = 0;
        await store.ListenAsync(() => Interlocked.Increment(ref nudges));
        await other.AppendAsync("t-a", "m1", 10, Life);
        await RealTime.UntilAsync(() => Volatile.Read(ref nudges) > 0, Patience);
        nudges.Should().Be(1);
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Keys_HaveALifeAndTellNobody(string kind)
    {
        var store = (RedisTokens)await StartAsync(kind);
        await store.SetAsync("hash", [1], Life);
        await store.AppendAsync("t-a", "m1", 10, Life);
        IDatabase redis = await DatabaseAsync();
        store.NameOf("hash").ToString().Should().Be("gateway:token:{hash}");
        (await redis.KeyTimeToLiveAsync(store.NameOf("hash"))).Should().BeCloseTo(Life, TimeSpan.FromSeconds(30));
        (await redis.KeyTimeToLiveAsync("gateway:{revocations}:log")).Should().BeCloseTo(Life, TimeSpan.FromSeconds(30));
        (await redis.KeyTimeToLiveAsync("gateway:{revocations}:head")).Should().BeNull("its sequence never begins again");
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task WhatNoGatewayWrote_IsPassedOver(string kind)
    {
        SharedTokenStore store = await StartAsync(kind);
        await store.AppendAsync("t-a", "m1", 10, Life);
        await (await DatabaseAsync()).SortedSetAddAsync("gateway:{revocations}:log", "rubbish", 1);
        (await store.ReadAsync(0, 10, "x")).Records.Should().ContainSingle();
    }

    [FactNeeds(RedisProcess.Program)]
    public async Task ServerThatIsGone_FailsAndIsBackWithItsReturn()
    {
        SharedTokenStore store = await StartAsync(RedisProcess.Program);
        int nudges = 0;
        await store.ListenAsync(() => Interlocked.Increment(ref nudges));
        RevocationPage before = await store.ReadAsync(0, 10, "name1");
        await _process!.KillAsync();
        await FluentActions.Awaiting(() => store.ReadAsync(0, 10, "name2")).Should().ThrowAsync<Exception>();

        await _process.StartAgainAsync();

        RevocationPage? after = await Eventually.BecomesAsync(() => TryReadAsync(store), static page => page is not null);
        after!.Log.Should().NotBe(before.Log, "it has lost everything");
        await Eventually.BecomesAsync(
            async () =>
            {
                await store.AppendAsync("t-a", Guid.NewGuid().ToString("N"), 10, Life);
                return Volatile.Read(ref nudges);
            },
            static count => count > 0);
        nudges.Should().BePositive();
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

    private static async Task<RevocationPage?> TryReadAsync(SharedTokenStore store)
    {
        try
        {
            return await store.ReadAsync(0, 10, "name3");
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            return null;
        }
    }

    private async Task<SharedTokenStore> StartAsync(string kind)
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
                return ModelTokenStore.Create();
        }
    }

    private RedisTokens Connect()
    {
        var store = new RedisTokens(new SharedTokenOptions { Redis = _embedded?.Address ?? _process!.Address }, ModelTokenStore.CommonSecret);
        _all.Add(store);
        return store;
    }

    private async Task<IDatabase> DatabaseAsync()
    {
        ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(_embedded?.Address ?? _process!.Address);
        _all.Add(connection);
        return connection.GetDatabase();
    }
}
