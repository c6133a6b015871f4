using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;

namespace Gateway.Tests.RateLimiting;

public sealed class BucketStoreTests
{
    private const int MaxKeys = 100;

    private readonly BucketStore<TokenBucket> _store = new(MaxKeys);

    [Fact]
    public void SameKey_FindsTheSameBucket() => Find(1).Should().BeSameAs(Find(1)).And.NotBeSameAs(Find(2));

    [Fact]
    public void FloodOfKeys_NeverHoldsMoreThanTheLimit()
    {
        int most = 0;
        for (int key = 0; key < 10 * MaxKeys; key++)
        {
            Find(key);
            most = Math.Max(most, _store.Count);
        }

        most.Should().Be(MaxKeys);
    }

    [Fact]
    public void LastHalfOfTheKeys_AreRemembered()
    {
        for (int key = 0; key < 1_000; key++)
        {
            TokenBucket[] last = [.. Enumerable.Range(key, MaxKeys / 2).Select(Find)];
            Enumerable.Range(key, MaxKeys / 2).Select(Find).Should().Equal(last);
        }
    }

    [Fact]
    public void KeyAskedForAgain_OutlivesTheFlood()
    {
        TokenBucket kept = Find(-1);
        for (int key = 0; key < 10 * MaxKeys; key++)
        {
            Find(key);
            if (key % 40 == 0)
            {
                Find(-1).Should().BeSameAs(kept);
            }
        }
    }

    [Fact]
    public void KeyNotAskedFor_IsForgotten()
    {
        TokenBucket forgotten = Find(-1);
        for (int key = 0; key < MaxKeys; key++)
        {
            Find(key);
        }

        Find(-1).Should().NotBeSameAs(forgotten);
    }

    [Fact]
    public async Task ThreadsInAFlood_ShareOneBucketPerKeyAndTheLimit()
    {
        var clock = new TickingClock(1_000);
        var size = new BucketSize("p", 0, 20_000, 1, clock);
        int taken = 0, most = 0;

        // Each thread asks for the hot key between any two new keys, so that it is never the one not asked for longest.
        await Given.OnThreads(4, thread =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                if (Find(-1).TryTake(0, size, out _))
                {
                    Interlocked.Increment(ref taken);
                }

                Find((thread * 1_000_000) + i);
                if (i % 64 == 0)
                {
                    InterlockedMax(ref most, _store.Count);
                }
            }
        });

        taken.Should().Be(20_000);
        most.Should().BeLessThanOrEqualTo(MaxKeys);
    }

    [Fact]
    public async Task ThreadsThatAskForOneNewKeyAtOnce_GetOneBucket()
    {
        var buckets = new TokenBucket[4, 5_000];
        await Given.OnThreads(4, thread =>
        {
            for (int key = 0; key < 5_000; key++)
            {
                buckets[thread, key] = Find(key % 40);
            }
        });

        for (int key = 0; key < 5_000; key++)
        {
            for (int thread = 1; thread < 4; thread++)
            {
                buckets[thread, key].Should().BeSameAs(buckets[0, key % 40]);
            }
        }
    }

    [Fact]
    public void KnownKey_DoesNotAllocate()
    {
        Find(1);
        Allocations.Of(() => Find(1)).Should().Be(0);
    }

    private TokenBucket Find(int key) => _store.Find(new RateLimitKey((UInt128)(uint)key));

    private static void InterlockedMax(ref int most, int value)
    {
        int seen = Volatile.Read(ref most);
        while (value > seen)
        {
            int found = Interlocked.CompareExchange(ref most, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }
}
