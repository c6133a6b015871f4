using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;

namespace Gateway.Tests.RateLimiting;

public sealed class RateLimitPlanTests
{
    private readonly RateLimitPlan _plan = new([
        Limiter("user", RateLimitKeyKind.User, ("gold", 30), ("silver", 20)),
        Limiter("key", RateLimitKeyKind.ApiKey),
        Limiter("caller", RateLimitKeyKind.UserOrIp, ("gold", 300)),
        Limiter("ip", RateLimitKeyKind.Ip),
    ]);

    [Theory]
    [InlineData(null, "ip 10 Ip")]
    [InlineData("", "ip 10 Ip")]
    [InlineData("k", "key 10 ApiKey, ip 10 Ip")]
    public void BeforeAuthentication_AddressAndKeyAreAsked_InTheConfiguredOrder(string? apiKey, string limits) =>
        Describe(_plan.BeforeAuthentication(Context(apiKey, null))).Should().Be(limits);

    [Theory]
    [InlineData(false, null, "caller 10 Ip")]
    [InlineData(true, null, "user 10 User, caller 10 User")]
    [InlineData(true, "gold", "user 30 User, caller 300 User")]
    [InlineData(true, "silver", "user 20 User, caller 10 User")]
    [InlineData(true, "Gold", "user 10 User, caller 10 User")]
    public void AfterAuthentication_TheUserIsAsked_AtTheTiersSize(bool isUser, string? tier, string limits) =>
        Describe(_plan.AfterAuthentication(Context(null, isUser ? Given.User("u", tier) : null))).Should().Be(limits);

    [Fact]
    public void PolicyHeader_ListsBothStages_BehindAuthentication()
    {
        _plan.BeforeAuthentication(Context(null, null)).PolicyHeader.Should().Be("\"ip\";q=10;w=10");
        _plan.AfterAuthentication(Context("k", Given.User("u", "gold"))).PolicyHeader.Should().Be(
            "\"key\";q=10;w=10, \"ip\";q=10;w=10, \"user\";q=30;w=30, \"caller\";q=300;w=300");
    }

    [Fact]
    public void NoPolicies_AskNothing()
    {
        var plan = new RateLimitPlan([]);
        foreach (RateLimitSet set in new[] { plan.BeforeAuthentication(Context("k", null)), plan.AfterAuthentication(Context("k", Given.User())) })
        {
            set.Limits.Should().BeEmpty();
            set.PolicyHeader.Should().BeNull();
        }
    }

    [Fact]
    public void Picking_DoesNotAllocate()
    {
        GatewayContext context = Context("k", Given.User("u", "gold"));
        Allocations.Of(() =>
        {
            _plan.BeforeAuthentication(context);
            _plan.AfterAuthentication(context);
        }).Should().Be(0);
    }

    private static RateLimiter Limiter(string name, RateLimitKeyKind kind, params (string Tier, long Capacity)[] tiers) => new(
        name,
        new()
        {
            Key = kind,
            Capacity = 10,
            RefillPerSecond = 1,
            Tiers = tiers.ToDictionary(tier => tier.Tier, tier => new RateLimitTierOptions { Capacity = tier.Capacity, RefillPerSecond = 1 }),
        },
        new RateLimitStoreOptions(),
        TimeProvider.System);

    private static GatewayContext Context(string? apiKey, UserContext? user)
    {
        GatewayContext context = Given.Context(user: user);
        context.Http.Request.Headers["X-API-Key"] = apiKey;
        return context;
    }

    private static string Describe(RateLimitSet set) =>
        string.Join(", ", set.Limits.Select(limit => $"{limit.Limiter.Name} {limit.Size.Capacity} {limit.Key}"));
}
