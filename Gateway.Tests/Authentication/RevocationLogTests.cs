using Gateway.Core.Authentication;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

/// <summary>What a gateway makes of the log, read page by page.</summary>
public sealed class RevocationLogTests : IAsyncLifetime
{
    private readonly Revocations _revocations = new(TimeSpan.FromMinutes(15), new FakeTimeProvider());
    private readonly ModelTokenStore _store = ModelTokenStore.Create();
    private readonly RevocationLog _log;

    public RevocationLogTests() => _log = new RevocationLog(_revocations);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task FromTheBeginning_EverythingIsKnown()
    {
        await TellAsync(5);
        await ReadAsync(page: 2);
        _log.Gaps.Should().Be(0);
        _revocations.Count.Should().Be(5);
        _revocations.View.Position.Should().BeEquivalentTo(new { From = 0, Sequence = 5 });
    }

    [Fact]
    public async Task EmptyLog_IsKnownToItsEnd()
    {
        await ReadAsync();
        _revocations.View.Position.Should().BeEquivalentTo(new { From = 0, Sequence = 0 });
        await TellAsync(1);
        await ReadAsync();
        _log.Gaps.Should().Be(0);
    }

    [Fact]
    public async Task LogThatHasGoneOfAge_IsNoGap()
    {
        await TellAsync(3);
        await ReadAsync();
        _store.DropRecords(static _ => true);
        await ReadAsync();
        await TellAsync(1);
        await ReadAsync();
        _log.Gaps.Should().Be(0);
        _revocations.Count.Should().Be(4);
    }

    [Fact]
    public async Task NewGatewayAtATrimmedLog_CannotJudgeWhatIsOlder()
    {
        await TellAsync(5);
        _store.DropRecords(static record => record.Sequence <= 3);
        await ReadAsync();
        (_log.Gaps, _revocations.View.Doubt).Should().Be((0, 0L));
        _revocations.View.Position.Should().BeEquivalentTo(new { From = 3, Sequence = 5 });
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(5, 5)]
    [InlineData(6, 6)]
    public async Task DroppedBeforeTheyWereRead_IsAGap(int dropped, int from)
    {
        await TellAsync(2);
        await ReadAsync();
        await TellAsync(4);
        _store.DropRecords(record => dropped == 4 ? record.Sequence == 3 : dropped == 5 ? record.Sequence == 5 : record.Sequence == 6);
        await ReadAsync();
        _log.Gaps.Should().Be(1);
        _revocations.View.Doubt.Should().BePositive();
        _revocations.View.Position.Should().BeEquivalentTo(new { From = from, Sequence = 6 });
        await TellAsync(1);
        await ReadAsync();
        _log.Gaps.Should().Be(1, "it goes on");
    }

    [Fact]
    public async Task EmptiedStore_IsAGap()
    {
        await TellAsync(3);
        await ReadAsync();
        string before = _revocations.View.Position!.Log;
        _store.Flush();
        await TellAsync(1);
        _log.Follow(await _store.ReadAsync(_log.Sequence, 100, "name")).Should().Be(LogStep.Again);
        await ReadAsync();
        _log.Gaps.Should().Be(1);
        _revocations.View.Position!.Log.Should().NotBe(before);
        _revocations.View.Position.Sequence.Should().Be(1);
    }

    [Fact]
    public async Task FailoverThatLosesTheLast_IsAGap()
    {
        await TellAsync(3);
        await ReadAsync();
        _store.LoseLast(1);
        _log.Follow(await _store.ReadAsync(_log.Sequence, 100, "name")).Should().Be(LogStep.Rewritten, "others could believe what was known before");
        await ReadAsync();
        _log.Gaps.Should().Be(1);
        _revocations.View.Position!.Sequence.Should().Be(2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task FailoverThatWritesOthersInTheirPlace_IsAGap(int written)
    {
        await TellAsync(3);
        await ReadAsync();
        _store.LoseLast(1);
        await TellAsync(written);
        await ReadAsync();
        _log.Gaps.Should().Be(1);
        _revocations.View.Position!.Sequence.Should().Be(2 + written);
    }

    [Fact]
    public async Task UnknownKind_IsAGap()
    {
        await ReadAsync();
        await _store.TellAsync("s-session");
        await TellAsync(1);
        await ReadAsync();
        _log.Gaps.Should().Be(1);
        _revocations.View.Position.Should().BeEquivalentTo(new { From = 1, Sequence = 2 });
    }

    [Fact]
    public async Task OwnRecord_IsNotLearnedTwice()
    {
        Revocation what = Revocation.OfUser("u");
        _revocations.Add(what, RevocationSource.Admin);
        _log.Expect("mark", what);
        await _store.AppendAsync(what.Text, "mark", 10, TimeSpan.FromMinutes(1));
        await ReadAsync();
        _revocations.Learned(RevocationSource.Store).Value.Should().Be(0);
        _revocations.IsRevokedInLog(what, what, since: 0).Should().BeTrue();
    }

    private async Task TellAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await _store.TellAsync(Revocation.OfUser(Guid.NewGuid().ToString()).Text);
        }
    }

    private async Task ReadAsync(int page = 100)
    {
        int pages = 0;
        while (_log.Follow(await _store.ReadAsync(_log.Sequence, page, "name")) != LogStep.AtEnd)
        {
            (++pages).Should().BeLessThan(20, "it comes to an end");
        }
    }
}
