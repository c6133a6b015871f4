using System.Net;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.RateLimiting;

public sealed class TokenBucketLimiterTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void EmptyBucket_RefusesUntilATokenIsBack()
    {
        TokenBucketLimiter limiter = Limiter(capacity: 2, refill: 0.5);
        limiter.Take("a").Remaining.Should().Be(1);
        limiter.Take("a").IsAllowed.Should().BeTrue();

        LimitDecision refused = limiter.Take("a");
        (refused.IsAllowed, refused.Remaining, refused.RetryAfter).Should().Be((false, 0, TimeSpan.FromSeconds(2)));
        limiter.Take("b").IsAllowed.Should().BeTrue("each key has its bucket");

        _clock.Advance(refused.RetryAfter);
        limiter.Take("a").IsAllowed.Should().BeTrue();
        limiter.KeyCount.Should().Be(2);
    }

    [Fact]
    public void Tier_HasASizeOfItsOwn()
    {
        var limiter = new TokenBucketLimiter(new RateLimitPolicyOptions
        {
            Capacity = 1,
            RefillPerSecond = 1,
            Tiers = new Dictionary<string, RateLimitTierOptions> { ["gold"] = new() { Capacity = 3, RefillPerSecond = 1 } },
        }, clock: _clock);

        limiter.Take("a", "gold").Remaining.Should().Be(2);
        limiter.Take("a", "iron").Remaining.Should().Be(0);
    }

    [Fact]
    public void Ipv6Addresses_ShareABucketByTheirNetwork()
    {
        TokenBucketLimiter limiter = Limiter(capacity: 1, refill: 1);
        limiter.Take(IPAddress.Parse("2001:db8::1")).IsAllowed.Should().BeTrue();
        limiter.Take(IPAddress.Parse("2001:db8::2")).IsAllowed.Should().BeFalse();
        limiter.Take(IPAddress.Parse("2001:db8:0:1::1")).IsAllowed.Should().BeTrue();
    }

    [Fact]
    public void MoreKeysThanAreKept_AreForgotten()
    {
        var limiter = new TokenBucketLimiter(new RateLimitPolicyOptions { Capacity = 1, RefillPerSecond = 1 }, maxKeys: 100, _clock);
        for (int i = 0; i < 1_000; i++)
        {
            limiter.Take($"key {i}");
        }

        limiter.KeyCount.Should().BeLessThanOrEqualTo(100);
    }

    [Fact]
    public void KnownKey_AllocatesNothing()
    {
        TokenBucketLimiter limiter = Limiter(capacity: 1_000_000, refill: 1);
        Allocations.Of(() => limiter.Take("a")).Should().Be(0);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 99)]
    public void SizesOutOfBounds_AreRefused(long capacity, int keys) =>
        FluentActions.Invoking(() => new TokenBucketLimiter(new RateLimitPolicyOptions { Capacity = capacity, RefillPerSecond = 1 }, keys))
            .Should().Throw<ArgumentException>().WithMessage("*is out of range*");

    private TokenBucketLimiter Limiter(long capacity, double refill) => new(new RateLimitPolicyOptions { Capacity = capacity, RefillPerSecond = refill }, clock: _clock);
}
