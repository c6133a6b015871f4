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

/// <summary>
/// Tokens judged lately, valid and invalid, by their SHA-256: no token is kept here. Holds at most
/// <see cref="AuthOptions.CacheSize"/>; when full, the newcomer is not kept and room is made in the background
/// (expired ones first, then invalid tokens, then those not seen longest), so the next one is. Safe from any thread.
/// </summary>
internal sealed class TokenCache : IDisposable
{
    /// <summary>Length of a key: the 32 bytes of a SHA-256 seen as characters.</summary>
    internal const int KeyLength = SHA256.HashSizeInBytes / sizeof(char);

    private readonly AuthOptions _options;
    private readonly TimeProvider _clock;
    private readonly MemoryCache _entries;

    public TokenCache(AuthOptions options, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
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

    /// <summary>Looks a token up and counts how that went. Allocates nothing.</summary>
    public bool TryGet(ReadOnlySpan<char> key, out TokenResult result)
    {
        bool found = TryPeek(key, out result);
        (!found ? Misses : result.IsValid ? Hits : NegativeHits).Increment();
        return found;
    }

    /// <summary>Looks a token up without counting.</summary>
    public bool TryPeek(ReadOnlySpan<char> key, out TokenResult result)
    {
        // The entry's own end runs on the monotonic clock, MemoryCache's on the wall clock: setting the clock back
        // must not lengthen an entry's life, and a machine that slept must not either. Whichever ends first counts.
        if (_entries.TryGetValue(key, out Entry? entry) && entry is not null && _clock.GetElapsedTime(entry.StoredAt) < entry.Life)
        {
            result = entry.User is { } user ? TokenResult.Valid(user) : TokenResult.Invalid;
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>Remembers a result for min(cache duration, time to the token's expiry). What is unknown, or over, is not kept.</summary>
    public void Set(string key, TokenResult result)
    {
        Debug.Assert(key.Length == KeyLength, "a key made by MakeKey");
        TimeSpan life = LifeOf(result);
        if (life <= TimeSpan.Zero)
        {
            return;
        }

        using ICacheEntry entry = _entries.CreateEntry(key);
        entry.Size = 1;
        entry.Value = new Entry(result.User, _clock.GetTimestamp(), life);
        entry.AbsoluteExpirationRelativeToNow = life;

        // A flood of made-up tokens pushes out its own kind first, not the users.
        entry.Priority = result.IsValid ? CacheItemPriority.Normal : CacheItemPriority.Low;
    }

    public void Dispose() => _entries.Dispose();

    private TimeSpan LifeOf(TokenResult result)
    {
        if (!result.IsValid)
        {
            return result.Verdict == TokenVerdict.Invalid ? _options.NegativeCacheDuration : TimeSpan.Zero;
        }

        TimeSpan left = result.User.ExpiresAt - _clock.GetUtcNow() ?? TimeSpan.MaxValue;
        return left < _options.CacheDuration ? left : _options.CacheDuration;
    }

    /// <param name="User">Null for an invalid token.</param>
    /// <param name="StoredAt">Timestamp of the clock.</param>
    /// <param name="Life">From then on.</param>
    private sealed record Entry(UserContext? User, long StoredAt, TimeSpan Life);

    private sealed class WallClock(TimeProvider clock) : ISystemClock
    {
        public DateTimeOffset UtcNow => clock.GetUtcNow();
    }
}
