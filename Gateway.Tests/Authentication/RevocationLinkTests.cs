using Gateway.Core.Authentication;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

/// <summary>A gateway's end of the log, where the store does what a store should not. What gateways make of it together: <see cref="SharedTokensTests"/>.</summary>
public sealed class RevocationLinkTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ModelTokenStore _store = ModelTokenStore.Create();
    private readonly List<Exception?> _changes = [];
    private readonly Revocations _known;
    private readonly RevocationLink _link;

    public RevocationLinkTests()
    {
        _known = new Revocations(TimeSpan.FromMinutes(15), _clock);
        _link = Begin();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _link.DisposeAsync();
        await _store.DisposeAsync();
    }

    /// <summary>Two stores behind one address, say: each page is of another log, which has more than one.</summary>
    [Fact]
    public async Task LogThatIsAnotherEachTime_IsAStoreThatIsAway_AndComesBack()
    {
        for (int i = 0; i < 1_500; i++)
        {
            await _store.TellAsync(Revocation.OfUser($"{i}").Text);
        }

        _store.IsNewEachTime = true;
        await PassAsync(() => _known.View.IsAway);
        _changes.Should().ContainSingle().Which.Should().BeOfType<InvalidDataException>();
        int reads = _store.Reads;
        _clock.Advance(RevocationLink.Interval);
        await RealTime.UntilAsync(() => _store.Reads > reads, TimeSpan.FromSeconds(10));
        (_store.Reads - reads).Should().BeLessThan(20, "it gives up for a while");

        _store.IsNewEachTime = false;
        await PassAsync(() => !_known.View.IsAway);
    }

    /// <summary>A rename that is not answered is tried again before anything is read by the old name.</summary>
    [Fact]
    public async Task RenameThatFails_IsMadeUpFor()
    {
        await _store.TellAsync(Revocation.OfUser("u").Text);
        await PassAsync(() => _known.View.Position is { Sequence: 1 });
        string log = _known.View.Position!.Log;
        _store.RenameFailure = new IOException("gone");
        _store.LoseLast(1);
        await PassAsync(() => _known.View.IsAway);
        _known.View.Position.Should().BeNull();

        _store.RenameFailure = null;
        await PassAsync(() => _known.View.Position is { Sequence: 0 });
        _known.View.Position!.Log.Should().NotBe(log);
    }

    private RevocationLink Begin() => new(
        _store, TimeSpan.FromMinutes(15), _known, _clock, new StoreEvents(_changes.Add, static _ => { }, static _ => { }));

    private Task PassAsync(Func<bool> isSo) => RealTime.PassAsync(_clock, isSo);
}
