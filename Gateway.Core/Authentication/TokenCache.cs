using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Context;
using Gateway.Core.Telemetry;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;

namespace Gateway.Core.Authentication;

/// <summary>What the cache knows of a token.</summary>
internal enum CacheFinding
{
    None,

    /// <summary>It was valid, and may have been revoked since: to be asked again, and believed if nobody can say.</summary>
    InDoubt,

    Sure,
}

/// <summary>
/// Tokens judged lately, valid and invalid, by their SHA-256: no token is kept here. What has been revoked since it was asked for is not found.
/// Holds at most <see cref="AuthOptions.CacheSize"/>; when full, the newcomer is not kept and room is made in the background
/// (expired ones first, then invalid tokens, then those not seen longest), so the next one is. Safe from any thread.
/// </summary>
internal sealed class TokenCache : IDisposable
{
    /// <summary>Length of a key: the 32 bytes of a SHA-256 seen as characters.</summary>
    internal const int KeyLength = SHA256.HashSizeInBytes / sizeof(char);

    /// <summary>How long a token in doubt is believed when nobody could say, before it is asked about again.</summary>
    internal static readonly TimeSpan DoubtPause = TimeSpan.FromSeconds(5);

    private readonly AuthOptions _options;
    private readonly TimeProvider _clock;
    private readonly MemoryCache _entries;

    public TokenCache(AuthOptions options, TimeProvider clock)
    {
        (_options, _clock, Revocations) = (options, clock, new Revocations(KeptAfterRevocation(options.CacheDuration), clock));
        _entries = new MemoryCache(new MemoryCacheOptions
        {
            Clock = new WallClock(clock),
            SizeLimit = options.CacheSize,

            // At least one entry: MemoryCache rounds down, and 5 % of a small cache would be no room at all, for ever.
            CompactionPercentage = Math.Min(1, Math.Max(0.05, 1.5 / options.CacheSize)),
        });
    }

    /// <summary>Look-ups that found a valid token.</summary>
    public HeldCounter Hits { get; } = new();

    /// <summary>Look-ups that found an invalid token.</summary>
    public HeldCounter NegativeHits { get; } = new();

    public HeldCounter Misses { get; } = new();

    /// <summary>Look-ups that found a valid token in doubt.</summary>
    public HeldCounter Doubts { get; } = new();

    /// <summary>Look-ups of a valid token in doubt that was used all the same, since nobody could say.</summary>
    public HeldCounter Stale { get; } = new();

    public Revocations Revocations { get; }

    /// <summary>Entries held, expired ones not yet swept included.</summary>
    public int Count => _entries.Count;

    internal IEnumerable<object> Keys => _entries.Keys;

    /// <summary>Makes a token's key.</summary>
    /// <param name="token">ASCII, at most <see cref="AccessToken.MaxLength"/> characters.</param>
    /// <param name="key">Gets <see cref="KeyLength"/> characters: not text, any 16-bit values.</param>
    /// <exception cref="ArgumentException">The token is longer, or not ASCII: no <see cref="AccessToken"/>.</exception>
    public static void MakeKey(ReadOnlySpan<char> token, Span<char> key)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(token.Length, AccessToken.MaxLength, nameof(token));
        Span<byte> bytes = stackalloc byte[token.Length];
        if (Ascii.FromUtf16(token, bytes, out int _) != OperationStatus.Done)
        {
            // Replaced by '?', characters beyond ASCII would give two tokens one key.
            throw new ArgumentException("The token is not ASCII.", nameof(token));
        }

        SHA256.HashData(bytes, MemoryMarshal.AsBytes(key[..KeyLength]));
    }

    /// <summary>How long a revocation matters: an answer that was asked for before it may come as late as two calls take, and lives as long as any.</summary>
    public static TimeSpan KeptAfterRevocation(TimeSpan cacheDuration) => cacheDuration + (2 * AuthOptions.MaxTimeout);

    /// <summary>Looks a token up and counts how that went. Allocates nothing.</summary>
    /// <param name="key">Made by <see cref="MakeKey"/>.</param>
    /// <param name="result">What is known; unknown for <see cref="CacheFinding.None"/>.</param>
    public CacheFinding Find(ReadOnlySpan<char> key, out TokenResult result)
    {
        CacheFinding found = Peek(key, out result);
        (found switch
        {
            CacheFinding.None => Misses,
            CacheFinding.InDoubt => Doubts,
            _ => result.IsValid ? Hits : NegativeHits,
        }).Increment();
        return found;
    }

    /// <summary>Looks a token up without counting.</summary>
    public CacheFinding Peek(ReadOnlySpan<char> key, out TokenResult result)
    {
        // The entry's own end runs on the monotonic clock, MemoryCache's on the wall clock: setting the clock back
        // must not lengthen an entry's life, and a machine that slept must not either. Whichever ends first counts.
        result = default;
        if (!_entries.TryGetValue(key, out Entry? entry) || entry is null)
        {
            return CacheFinding.None;
        }

        TimeSpan age = _clock.GetElapsedTime(entry.StoredAt);
        if (age >= entry.Life)
        {
            return CacheFinding.None;
        }

        if (entry.User is not { } user)
        {
            result = TokenResult.Invalid;
            return CacheFinding.Sure;
        }

        RevocationView view = Revocations.View;
        if (IsRevoked(key, user, entry, view))
        {
            return CacheFinding.None;
        }

        result = TokenResult.Valid(user);
        bool isInDoubt = (entry.Tick < view.Doubt || (view.IsAway && age >= _options.Shared.SoftDuration)) && age >= entry.SureUntil;
        return isInDoubt ? CacheFinding.InDoubt : CacheFinding.Sure;
    }

    /// <summary>Remembers a result for min(cache duration, time to the token's expiry). What is unknown, or over, is not kept.</summary>
    /// <param name="key">Made by <see cref="MakeKey"/>.</param>
    /// <param name="result">What was answered.</param>
    /// <param name="asOf">What was revoked when it was asked for; null for now.</param>
    /// <param name="atMost">Ends its life sooner; null for no end of its own.</param>
    public void Set(string key, TokenResult result, RevocationView? asOf = null, TimeSpan? atMost = null)
    {
        Debug.Assert(key.Length == KeyLength, "a key made by MakeKey");
        TimeSpan life = LifeOf(result);
        life = atMost < life ? atMost.Value : life;
        if (life <= TimeSpan.Zero)
        {
            return;
        }

        using ICacheEntry entry = _entries.CreateEntry(key);
        entry.Size = 1;
        entry.Value = new Entry(result.User, _clock.GetTimestamp(), life, (asOf ?? Revocations.View).Tick);
        entry.AbsoluteExpirationRelativeToNow = life;

        // A flood of made-up tokens pushes out its own kind first, not the users.
        entry.Priority = result.IsValid ? CacheItemPriority.Normal : CacheItemPriority.Low;
    }

    /// <summary>Nobody could say about a token in doubt: what is known of it stays in use for a while.</summary>
    /// <param name="key">Made by <see cref="MakeKey"/>.</param>
    /// <param name="result">What is known.</param>
    /// <returns>False when nothing is, or it has been revoked.</returns>
    public bool TryKeepUsing(string key, out TokenResult result)
    {
        CacheFinding found = Peek(key, out result);
        if (found == CacheFinding.InDoubt && _entries.TryGetValue(key, out Entry? entry) && entry is not null)
        {
            entry.SureUntil = _clock.GetElapsedTime(entry.StoredAt) + DoubtPause;
            Stale.Increment();
        }

        return found != CacheFinding.None;
    }

    public void Remove(string key) => _entries.Remove(key);

    public void Dispose() => _entries.Dispose();

    /// <summary>How long a result is believed. Zero or less: not at all.</summary>
    public TimeSpan LifeOf(TokenResult result)
    {
        if (!result.IsValid)
        {
            return result.Verdict == TokenVerdict.Invalid ? _options.NegativeCacheDuration : TimeSpan.Zero;
        }

        TimeSpan left = result.User.ExpiresAt - _clock.GetUtcNow() ?? TimeSpan.MaxValue;
        return left < _options.CacheDuration ? left : _options.CacheDuration;
    }

    private bool IsRevoked(ReadOnlySpan<char> key, UserContext user, Entry entry, RevocationView view)
    {
        // Mostly nothing has been revoked since the last look.
        if (entry.CheckedTick == view.Tick)
        {
            return false;
        }

        if (entry.Tick < view.Void || Revocations.IsRevoked(Revocation.OfKey(key), Revocation.OfUserHash(user.KeyHash), entry.Tick))
        {
            return true;
        }

        entry.CheckedTick = view.Tick;
        return false;
    }

    private sealed class Entry(UserContext? user, long storedAt, TimeSpan life, long tick)
    {
        private long _checkedTick = tick;
        private long _sureUntil;

        /// <summary>Null for an invalid token.</summary>
        public UserContext? User { get; } = user;

        /// <summary>Timestamp of the clock.</summary>
        public long StoredAt { get; } = storedAt;

        /// <summary>From then on.</summary>
        public TimeSpan Life { get; } = life;

        /// <summary>When it was asked for.</summary>
        public long Tick { get; } = tick;

        /// <summary>No revocation up to this tick concerns it.</summary>
        public long CheckedTick
        {
            get => Volatile.Read(ref _checkedTick);
            set => Volatile.Write(ref _checkedTick, value);
        }

        /// <summary>The age until which it is not in doubt.</summary>
        public TimeSpan SureUntil
        {
            get => TimeSpan.FromTicks(Volatile.Read(ref _sureUntil));
            set => Volatile.Write(ref _sureUntil, value.Ticks);
        }
    }

    private sealed class WallClock(TimeProvider clock) : ISystemClock
    {
        public DateTimeOffset UtcNow => clock.GetUtcNow();
    }
}
