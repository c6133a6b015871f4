using System.Buffers.Text;
using System.Runtime.InteropServices;
using Gateway.Core.Context;
using Gateway.Core.Telemetry;

namespace Gateway.Core.Authentication;

/// <summary>What <see cref="SharedTokens"/> found.</summary>
/// <param name="User">Whose token it is.</param>
/// <param name="Life">How much longer that may be believed.</param>
internal readonly record struct SharedUser(UserContext User, TimeSpan Life);

/// <summary>
/// What gateways share of tokens: looks for entries and keeps them there, judged by the log of revocations. While the store is away, late or its log
/// not known to the end, no request asks it. Owns the store. Safe from any thread.
/// </summary>
internal sealed class SharedTokens : IAsyncDisposable
{
    /// <summary>Look-ups in a row without an answer in time, after which no request waits.</summary>
    internal const int Failures = 3;

    /// <summary>The longest that a request waits. An answer takes some 0.3 ms within a zone.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5);

    private readonly SharedTokenStore _store;
    private readonly Revocations _revocations;
    private readonly RevocationLink _link;
    private readonly TokenSeal _seal;
    private readonly TimeSpan _life;
    private readonly TimeProvider _clock;
    private int _late;

    /// <param name="store">Owned.</param>
    /// <param name="options">How tokens are judged, and how long an answer is believed.</param>
    /// <param name="revocations">Learn what the log says, and whether it says anything.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="changed">Told when the store is away, with why, and by null when it is back. Must not throw.</param>
    /// <param name="untold">Told at the end how many revocations the others never learned of, if any. Must not throw.</param>
    public SharedTokens(
        SharedTokenStore store, AuthOptions options, Revocations revocations, TimeProvider clock, Action<Exception?> changed, Action<int> untold)
    {
        (_store, _revocations, _clock, _life, _seal) = (store, revocations, clock, options.CacheDuration, new TokenSeal(store.Secret, options));
        _link = new RevocationLink(store, TokenCache.KeptAfterRevocation(_life), revocations, clock, new StoreEvents(changed, Answered, untold));
    }

    /// <summary>Entries found and believed.</summary>
    public HeldCounter Hits { get; } = new();

    /// <summary>Entries found and not believed: not signed by a gateway, over, or revoked.</summary>
    public HeldCounter Rejected { get; } = new();

    /// <summary>Whether no request waits for the store now.</summary>
    public bool IsDegraded => _revocations.View is { IsAway: true } or { Position: null } || Volatile.Read(ref _late) >= Failures;

    /// <summary>Times that something was missing in the log.</summary>
    internal int Gaps => _link.Gaps;

    /// <summary>Looks for what another gateway has found out. Takes at most <see cref="Patience"/>, and no time while the store is away.</summary>
    /// <param name="key">The token's, made by <see cref="TokenCache.MakeKey"/>.</param>
    public async ValueTask<SharedUser?> FindAsync(string key)
    {
        if (IsDegraded)
        {
            return null;
        }

        byte[]? found;
        try
        {
            found = await _store.GetAsync(HashOf(key)).WaitAsync(Patience, _clock);
            Volatile.Write(ref _late, 0);
        }
        catch (Exception)
        {
            // Readings of the log find out whether it is away; until then it is given up after a few times.
            Interlocked.Increment(ref _late);
            return null;
        }

        if (found is null)
        {
            return null;
        }

        SharedUser? user = _seal.Open(key, found) is { } entry ? Judge(key, entry) : null;
        (user is null ? Rejected : Hits).Increment();
        return user;
    }

    /// <summary>Lets the other gateways know. Nobody waits for it.</summary>
    /// <param name="key">The token's.</param>
    /// <param name="user">Whose it is.</param>
    /// <param name="life">How long that may be believed.</param>
    /// <param name="asOf">How far the log was known before it was asked for.</param>
    public void Keep(string key, UserContext user, TimeSpan life, LogPosition? asOf)
    {
        if (asOf is null || IsDegraded || life < TimeSpan.FromSeconds(1))
        {
            return;
        }

        byte[]? entry = _seal.Seal(key, SharedEntry.Of(user, _clock.GetUtcNow(), life, asOf));
        if (entry is not null)
        {
            _ = _link.TryAsync(() => _store.SetAsync(HashOf(key), entry, life));
        }
    }

    /// <summary>Tells the other gateways of a revocation that is in force here. What the store does not take now it gets when it is back.</summary>
    /// <param name="what">What is revoked.</param>
    /// <param name="key">The token's; null for a user.</param>
    public async Task<RevocationReach> AppendAsync(Revocation what, string? key)
    {
        RevocationReach reach = await _link.AppendAsync(what);
        if (key is not null && reach == RevocationReach.Store)
        {
            // It is not believed any more; this is for the room it takes.
            _ = _link.TryAsync(() => _store.RemoveAsync(HashOf(key)));
        }

        return reach;
    }

    /// <summary>These follow others: of what those have not told the other gateways they will. In force here at once.</summary>
    public void TakeOver(SharedTokens before) => _link.TakeOver(before._link);

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await _store.DisposeAsync();
    }

    private static string HashOf(string key) => Base64Url.EncodeToString(MemoryMarshal.AsBytes(key.AsSpan()));

    private SharedUser? Judge(string key, SharedEntry entry)
    {
        UserContext user = entry.ToUser();

        // Clocks of gateways differ: an answer from the future is as old as nothing, and none lives longer than one of this gateway's own.
        double age = Math.Max(0, _clock.GetUtcNow().ToUnixTimeMilliseconds() - entry.AnsweredAt);
        TimeSpan left = TimeSpan.FromMilliseconds(Math.Clamp(entry.LifeMs, 0, _life.TotalMilliseconds) - age);
        return left > TimeSpan.Zero && !(user.ExpiresAt <= _clock.GetUtcNow())
            && _revocations.View.Position is { } position && entry.Log == position.Log && entry.Sequence >= position.From
            && !_revocations.IsRevokedInLog(Revocation.OfKey(key), Revocation.OfUserHash(user.KeyHash), entry.Sequence)
                ? new SharedUser(user, left) : null;
    }

    private void Answered(TimeSpan after)
    {
        if (after <= Patience)
        {
            Volatile.Write(ref _late, 0);
        }
    }
}
