namespace Gateway.Core.Authentication;

/// <summary>
/// What several gateways know of tokens: entries by the token's hash, and one ordered log of revocations. The gateway judges all that comes from it:
/// an entry is believed if it is signed, and not older than a revocation that concerns it; a log in which something is missing is noticed.
/// Implementations are safe from any thread. Every call may fail and may be slow: the gateway then does without.
/// </summary>
/// <param name="secret">What all gateways know and the store does not: entries are signed with a key that is derived from it. At least
/// <see cref="MinSecretBytes"/>.</param>
internal abstract class SharedTokenStore(ReadOnlyMemory<byte> secret) : IAsyncDisposable
{
    /// <summary>Bytes of the secret: as many as the key of HMAC-SHA256 has (RFC 2104 §3).</summary>
    public const int MinSecretBytes = 32;

    internal ReadOnlyMemory<byte> Secret { get; } = secret.Length >= MinSecretBytes ? secret
        : throw new ArgumentException($"The secret has {secret.Length} bytes; it needs at least {MinSecretBytes}.", nameof(secret));

    /// <summary>The entry of a token; null when there is none.</summary>
    /// <param name="tokenHash">The token's SHA-256 as 43 characters of base64url.</param>
    /// <exception cref="Exception">Any: the store did not answer.</exception>
    public abstract Task<byte[]?> GetAsync(string tokenHash);

    /// <summary>Puts an entry in place of the one before.</summary>
    /// <param name="tokenHash">The token's SHA-256 as 43 characters of base64url.</param>
    /// <param name="entry">Opaque bytes.</param>
    /// <param name="life">After which it is to be gone.</param>
    /// <exception cref="Exception">Any: the store did not answer.</exception>
    public abstract Task SetAsync(string tokenHash, byte[] entry, TimeSpan life);

    /// <summary>Drops an entry, if there is one.</summary>
    /// <param name="tokenHash">The token's SHA-256 as 43 characters of base64url.</param>
    /// <exception cref="Exception">Any: the store did not answer.</exception>
    public abstract Task RemoveAsync(string tokenHash);

    /// <summary>Appends to the log in one atomic step, begins a log if there is none, and nudges those who listen.</summary>
    /// <param name="what">What is revoked: up to 64 letters, digits and '-'.</param>
    /// <param name="mark">Becomes the record's mark, and the log's name if this begins it. 32 letters and digits, never used before.</param>
    /// <param name="most">Records that the log keeps; older ones go.</param>
    /// <param name="life">After which the whole log goes, if nothing is appended meanwhile; its name, sequence and mark stay.</param>
    /// <exception cref="Exception">Any: the store did not answer, and may have appended all the same.</exception>
    public abstract Task AppendAsync(string what, string mark, int most, TimeSpan life);

    /// <summary>Reads the log in one atomic step; begins one if there is none.</summary>
    /// <param name="after">The sequence after which to read; 0 for all.</param>
    /// <param name="most">Records to return, the earliest first.</param>
    /// <param name="name">The log's name if this begins it. 32 letters and digits, never used before.</param>
    /// <exception cref="Exception">Any: the store did not answer.</exception>
    public abstract Task<RevocationPage> ReadAsync(long after, int most, string name);

    /// <summary>Gives the log another name in one atomic step, if it has this one still; sequence, mark and records stay.</summary>
    /// <param name="name">The name it has.</param>
    /// <param name="newName">The new one. 32 letters and digits, never used before.</param>
    /// <exception cref="Exception">Any: the store did not answer, and may have renamed it all the same.</exception>
    public abstract Task RenameAsync(string name, string newName);

    /// <summary>Begins to listen for nudges, and goes on when the connection has been lost and made again.</summary>
    /// <param name="nudge">Called at each, from any thread; neither blocks nor throws.</param>
    /// <exception cref="Exception">Any: it does not listen.</exception>
    public abstract Task ListenAsync(Action nudge);

    /// <summary>Ends the connection. The gateway asks nothing after that.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>A part of the log of revocations, and how far the whole goes.</summary>
/// <param name="Log">The log's name; another one means that it began anew.</param>
/// <param name="Sequence">Of the last record ever appended; 0 for none.</param>
/// <param name="Mark">Of the last record ever appended; empty for none.</param>
/// <param name="Records">In order.</param>
internal sealed record RevocationPage(string Log, long Sequence, string Mark, IReadOnlyList<RevocationRecord> Records);

/// <summary>One record of the log.</summary>
/// <param name="Sequence">1 for the first, then one more each time.</param>
/// <param name="Before">The mark of the record before it; empty for the first. So a history that was written twice is told from one.</param>
/// <param name="Mark">Its own.</param>
/// <param name="What">What is revoked, as it was appended.</param>
internal sealed record RevocationRecord(long Sequence, string Before, string Mark, string What);
