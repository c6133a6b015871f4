using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;

namespace Gateway.Tests.RateLimiting;

public sealed class RouteLimitsTests
{
    private static readonly Dictionary<string, RateLimitPolicyOptions> Policies = new()
    {
        ["b"] = new() { Capacity = 2, RefillPerSecond = 1 },
        ["a"] = new() { Capacity = 1, RefillPerSecond = 1 },
    };

    [Fact]
    public void Routes_HaveThePoliciesTheyName_InTheirOrder()
    {
        RouteLimits limits = Build([], ["b", "a"], ["a"]);
        PolicyOf(limits, 0).Should().Be("\"b\";q=2;w=2, \"a\";q=1;w=1");
        PolicyOf(limits, 1).Should().Be("\"a\";q=1;w=1");
    }

    [Fact]
    public void RouteThatNamesNone_AndRequestWithoutRoute_TakeTheDefaults()
    {
        RouteLimits limits = Build(["a"], null, []);
        PolicyOf(limits, 0).Should().Be("\"a\";q=1;w=1");
        PolicyOf(limits, null).Should().Be("\"a\";q=1;w=1");
        PolicyOf(limits, 1).Should().BeNull("an empty list switches the defaults off");
    }

    [Fact]
    public void Routes_ShareThePolicysLimiter()
    {
        RouteLimits limits = Build(["a"], ["a"], ["b", "a"]);
        RateLimiter limiter = limits.Limiters.Single(limiter => limiter.Name == "a");
        foreach (int? route in new int?[] { null, 0, 1 })
        {
            SetOf(limits, route).Limits.Select(limit => limit.Limiter).Should().Contain(limiter);
        }
    }

    [Fact]
    public void PolicyNamedTwice_CountsOnce() => SetOf(Build([], ["a", "b", "a"]), 0).Limits.Should().HaveCount(2);

    [Fact]
    public void Limiters_AreOnePerPolicy_ByName() => Build([], ["b"]).Limiters.Select(limiter => limiter.Name).Should().Equal("a", "b");

    private static RouteLimits Build(IReadOnlyList<string> defaults, params IReadOnlyList<string>?[] routes) => RouteLimits.Build(
        Policies, defaults, new RateLimitStoreOptions(), [.. routes.Select((names, index) => RouteAt(index, names))], TimeProvider.System);

    private static Route RouteAt(int index, IReadOnlyList<string>? names) => Given.Route(new() { Pattern = "/", RateLimits = names }, index);

    private static RateLimitSet SetOf(RouteLimits limits, int? route)
    {
        Route? asked = route is { } index ? RouteAt(index, null) : null;
        return limits.For(asked).BeforeAuthentication(Given.Context(asked));
    }

    private static string? PolicyOf(RouteLimits limits, int? route) => SetOf(limits, route).PolicyHeader;
}
