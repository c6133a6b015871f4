namespace Gateway.Core.RateLimiting;

/// <summary>
/// Where buckets live that several gateways share: one atomic token bucket per name, on a clock of the store's own. A gateway leases tokens
/// from it ahead of the requests that spend them, so a busy key asks a few times a second and not once per request.
/// Implementations are safe from any thread. Every call may fail and may be slow: the gateway then decides by itself, as
/// <see cref="RateLimitStoreOptions.OnStoreFailure"/> says.
/// </summary>
internal abstract class SharedBucketStore : IAsyncDisposable
{
    /// <summary>Takes tokens from a bucket, which is full if nobody has asked for it lately.</summary>
    /// <param name="request">Whose bucket, its size, and how much.</param>
    /// <exception cref="Exception">Any: the store did not answer.</exception>
    public abstract Task<BucketLease> LeaseAsync(BucketLeaseRequest request);

    /// <summary>Tells the store that this gateway is there, and learns how many are. Asked every few seconds, and while the store is away to see
    /// whether it is back.</summary>
    /// <returns>Gateways seen lately, this one included; at least 1.</returns>
    /// <exception cref="Exception">Any: the store did not answer.</exception>
    public abstract Task<int> JoinAsync();

    /// <summary>Ends the connection. The gateway asks nothing after that.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>What a gateway wants of a bucket.</summary>
/// <param name="Policy">The rate-limit policy, with the tier behind a slash if it is a tier's bucket.</param>
/// <param name="Key">Whose bucket within the policy: an address or a hash.</param>
/// <param name="Capacity">Tokens that the bucket holds.</param>
/// <param name="RefillPerSecond">Tokens that come back each second.</param>
/// <param name="Want">Tokens asked for; what is there of them is granted. 0 only settles the debt.</param>
/// <param name="Debt">Tokens that were spent without asking, to be charged first, also if the bucket does not have them; negative for leased
/// ones that were not used.</param>
internal readonly record struct BucketLeaseRequest(string Policy, UInt128 Key, long Capacity, double RefillPerSecond, long Want, long Debt);

/// <summary>What a bucket gave.</summary>
/// <param name="Granted">Tokens, 0 to as many as were wanted.</param>
/// <param name="Remaining">Tokens left in the bucket.</param>
/// <param name="UntilToken">Time until there is another token, if none was granted; else zero.</param>
/// <param name="UntilFull">Time until the bucket is full if nobody asks.</param>
internal readonly record struct BucketLease(long Granted, long Remaining, TimeSpan UntilToken, TimeSpan UntilFull);
