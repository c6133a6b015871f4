using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;

namespace Gateway.Tests.RateLimiting;

public sealed class RefusedKeysTests
{
    private readonly RefusedKeys _keys = new();

    [Fact]
    public void Top_HasTheMostRefusedFirst()
    {
        Add(1, 3);
        Add(2, 5);
        Add(3, 1);
        _keys.Top(2).Should().Equal(new RefusedKey(Key(2), 5), new RefusedKey(Key(1), 3));
    }

    /// <summary>Ten thousand addresses with one refusal each do not hide the three that have many.</summary>
    [Fact]
    public void AmongMoreKeysThanAreKept_TheHeavyOnesAreFound()
    {
        for (int i = 0; i < 10_000; i++)
        {
            Add(1_000 + (ulong)i, 1);
            Add(1 + ((ulong)i % 3), 1);
        }

        _keys.Top(3).Select(static one => (ulong)one.Key.Value).Should().BeEquivalentTo(new ulong[] { 1, 2, 3 });
        _keys.Top(1_000).Should().HaveCount(RefusedKeys.Most);
    }

    [Fact]
    public void Faded_CountsHalf_AndIsForgottenInTheEnd()
    {
        Add(1, 5);
        Add(2, 1);
        _keys.Fade();
        _keys.Top(10).Should().Equal(new RefusedKey(Key(1), 2));
        _keys.Fade();
        _keys.Fade();
        _keys.Top(10).Should().BeEmpty();
    }

    [Fact]
    public async Task FromManyThreads_ItHoldsNoMoreThanItShould()
    {
        await Given.OnThreads(4, thread =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                _keys.Add(Key((ulong)((i * 4) + thread)));
            }
        });
        _keys.Top(1_000).Should().HaveCount(RefusedKeys.Most);
    }

    private void Add(ulong key, int times)
    {
        for (int i = 0; i < times; i++)
        {
            _keys.Add(Key(key));
        }
    }

    private static RateLimitKey Key(ulong key) => new(key);
}
