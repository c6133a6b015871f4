using System.Collections.Concurrent;

namespace Gateway.Core.RateLimiting;

/// <summary>
/// Buckets by key, at most so many. Two generations: a key that is asked for stands in the young one; when that is full it becomes the
/// old one, the former old one is forgotten whole, and keys asked for again move over. So the keys not asked for longest go first,
/// at no cost per request, with no sweep and no timer. Safe from any thread; look-ups take no lock.
/// </summary>
/// <typeparam name="TBucket">What a key has; made when it is first asked for.</typeparam>
internal sealed class BucketStore<TBucket>
    where TBucket : class, new()
{
    private readonly int _perGeneration;
    private Generation _young;

    /// <param name="maxKeys">Buckets kept at the most, at least 2; those of the last half as many keys are always kept.</param>
    public BucketStore(int maxKeys)
    {
        _perGeneration = maxKeys / 2;
        _young = new Generation(old: null);
    }

    /// <summary>Buckets held now; a bucket that has moved counts twice until its old place is forgotten.</summary>
    public int Count
    {
        get
        {
            Generation young = Volatile.Read(ref _young);
            return young.Buckets.Count + (young.Old?.Count ?? 0);
        }
    }

    /// <summary>The bucket of a key, made when there is none.</summary>
    /// <remarks>
    /// No key ever has two buckets that both count. A thread may work on a generation that is no longer the young one: it looks again
    /// after it has found or put a bucket, and starts over if so. When it is still the young one, then every later search looks into
    /// it, either as the young or as the old one, before it makes another bucket.
    /// </remarks>
    public TBucket Find(RateLimitKey key)
    {
        while (true)
        {
            Generation young = Volatile.Read(ref _young);
            if (!young.Buckets.TryGetValue(key, out TBucket? bucket))
            {
                bucket = Put(young, key);
            }

            if (bucket is not null && Volatile.Read(ref _young) == young)
            {
                return bucket;
            }
        }
    }

    /// <summary>Takes a bucket over from the old generation, or makes it. Null when the young one is full: another has taken its place.</summary>
    private TBucket? Put(Generation young, RateLimitKey key)
    {
        if (Interlocked.Increment(ref young.Reserved) > _perGeneration)
        {
            Interlocked.CompareExchange(ref _young, new Generation(young.Buckets), young);
            return null;
        }

        TBucket? bucket = null;
        young.Old?.TryGetValue(key, out bucket);
        bucket ??= new TBucket();
        if (young.Buckets.TryAdd(key, bucket))
        {
            // The bucket must be seen by all before this thread looks whether the generation is still the young one.
            Interlocked.MemoryBarrier();
            return bucket;
        }

        Interlocked.Decrement(ref young.Reserved);
        return young.Buckets[key];
    }

    private sealed class Generation(ConcurrentDictionary<RateLimitKey, TBucket>? old)
    {
        /// <summary>Places taken in <see cref="Buckets"/>, counted before they are filled: its own Count takes all its locks.</summary>
        public int Reserved;

        public ConcurrentDictionary<RateLimitKey, TBucket> Buckets { get; } = new();

        public ConcurrentDictionary<RateLimitKey, TBucket>? Old { get; } = old;
    }
}
