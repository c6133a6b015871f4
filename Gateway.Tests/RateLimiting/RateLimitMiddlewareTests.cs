using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.RateLimiting;

public sealed class RateLimitMiddlewareTests
{
    private static readonly Dictionary<string, RateLimitPolicyOptions> Policies = new()
    {
        ["per-ip"] = new() { Key = RateLimitKeyKind.Ip, Capacity = 200, RefillPerSecond = 100 },
        ["one"] = new() { Key = RateLimitKeyKind.Ip, Capacity = 1, RefillPerSecond = 0.25 },
        ["per-key"] = new() { Key = RateLimitKeyKind.ApiKey, Capacity = 2, RefillPerSecond = 1 },
        ["per-user"] = new()
        {
            Key = RateLimitKeyKind.User,
            Capacity = 2,
            RefillPerSecond = 1,
            Tiers = new Dictionary<string, RateLimitTierOptions> { ["gold"] = new() { Capacity = 4, RefillPerSecond = 4 } },
        },
        ["caller"] = new() { Key = RateLimitKeyKind.UserOrIp, Capacity = 1, RefillPerSecond = 1 },
    };

    private readonly FakeTimeProvider _clock = new();
    private int _passed;

    [Fact]
    public void NoPolicy_GoesStraightOn()
    {
        Stages stages = Build([]);
        GatewayContext context = stages.Run(Given.Context(stages.Route));

        _passed.Should().Be(1);
        context.RateLimitPolicyHeader.Should().BeNull();
        context.RateLimitHeader.Should().BeNull();
    }

    [Fact]
    public void TokenLeft_GoesOnAndSaysWhatIsLeft()
    {
        Stages stages = Build(["per-ip"]);
        GatewayContext context = stages.Run(Given.Context(stages.Route));

        _passed.Should().Be(1);
        context.Error.Should().Be(GatewayError.None);
        context.RateLimitPolicyHeader.Should().Be("\"per-ip\";q=200;w=2");
        context.RateLimitHeader.Should().Be("\"per-ip\";r=199;t=1");
    }

    [Fact]
    public void NoTokenLeft_IsRefusedWithTheTimeToWait()
    {
        Stages stages = Build(["one"]);
        stages.Run(Given.Context(stages.Route));
        GatewayContext context = stages.Run(Given.Context(stages.Route));

        _passed.Should().Be(1);
        context.Error.Should().Be(GatewayError.RateLimited);
        context.Detail.Should().Be("The limit 'one' is used up.");
        context.RetryAfterSeconds.Should().Be(4);
        context.RateLimitPolicyHeader.Should().Be("\"one\";q=1;w=4");
        context.RateLimitHeader.Should().Be("\"one\";r=0;t=4");
    }

    [Fact]
    public void RetryAfter_IsHonest()
    {
        Stages stages = Build(["one"]);
        stages.Run(Given.Context(stages.Route));
        _clock.Advance(TimeSpan.FromSeconds(1.5));
        GatewayContext refused = stages.Run(Given.Context(stages.Route));

        refused.RetryAfterSeconds.Should().Be(3, "2.5 s remain, and the header has whole seconds");
        _clock.Advance(TimeSpan.FromSeconds(3));

        stages.Run(Given.Context(stages.Route)).Error.Should().Be(GatewayError.None);
        stages.Run(Given.Context(stages.Route)).Error.Should().Be(GatewayError.RateLimited);
    }

    [Fact]
    public void AddressPolicies_AreDecidedBeforeAuthentication_UserPoliciesAfter()
    {
        Stages stages = Build(["per-user", "per-ip"]);
        GatewayContext context = Given.Context(stages.Route);

        stages.Before(context);
        context.RateLimitHeader.Should().Be("\"per-ip\";r=199;t=1");
        context.RateLimitPolicyHeader.Should().Be("\"per-ip\";q=200;w=2");

        context.User = Given.User();
        stages.After(context);
        context.RateLimitHeader.Should().Be("\"per-ip\";r=199;t=1, \"per-user\";r=1;t=1");
        context.RateLimitPolicyHeader.Should().Be("\"per-ip\";q=200;w=2, \"per-user\";q=2;w=2");
    }

    [Fact]
    public void FirstRefusal_EndsTheWay_AndLaterPoliciesAreNotAsked()
    {
        Stages stages = Build(["one", "per-ip"]);
        stages.Run(Given.Context(stages.Route));
        GatewayContext context = stages.Run(Given.Context(stages.Route));

        context.RateLimitHeader.Should().Be("\"one\";r=0;t=4");
        stages.Limits.Limiters.Single(limiter => limiter.Name == "per-ip").Allowed(LimitSource.Local).Value.Should().Be(1);
    }

    [Fact]
    public void AnonymousRequest_IsNotLimitedByUser()
    {
        Stages stages = Build(["per-user"]);
        for (int i = 0; i < 5; i++)
        {
            stages.Run(Given.Context(stages.Route)).RateLimitPolicyHeader.Should().BeNull();
        }

        _passed.Should().Be(5);
    }

    [Fact]
    public void RequestWithoutApiKey_IsNotLimitedByIt()
    {
        Stages stages = Build(["per-key"]);
        for (int i = 0; i < 5; i++)
        {
            stages.Run(Given.Context(stages.Route)).RateLimitPolicyHeader.Should().BeNull();
        }

        _passed.Should().Be(5);
    }

    [Fact]
    public void ApiKeys_HaveBucketsOfTheirOwn()
    {
        Stages stages = Build(["per-ip", "per-key"]);
        GatewayContext With(string key)
        {
            GatewayContext context = Given.Context(stages.Route);
            context.Http.Request.Headers["X-API-Key"] = key;
            return stages.Run(context);
        }

        With("a").RateLimitHeader.Should().Be("\"per-ip\";r=199;t=1, \"per-key\";r=1;t=1");
        With("a").RateLimitPolicyHeader.Should().Be("\"per-ip\";q=200;w=2, \"per-key\";q=2;w=2");
        With("a").Error.Should().Be(GatewayError.RateLimited);
        With("b").Error.Should().Be(GatewayError.None);
    }

    [Fact]
    public void UserOrIp_LimitsTheUser_ElseTheAddress()
    {
        Stages stages = Build(["caller"]);
        stages.Run(Given.Context(stages.Route, Given.User("a"))).Error.Should().Be(GatewayError.None);
        stages.Run(Given.Context(stages.Route, Given.User("b"))).Error.Should().Be(GatewayError.None, "another user at the same address");
        stages.Run(Given.Context(stages.Route, Given.User("a"), "192.0.2.9")).Error.Should().Be(GatewayError.RateLimited);
        stages.Run(Given.Context(stages.Route)).Error.Should().Be(GatewayError.None);
        stages.Run(Given.Context(stages.Route)).Error.Should().Be(GatewayError.RateLimited);
        stages.Run(Given.Context(stages.Route, ip: "2001:db8::1")).Error.Should().Be(GatewayError.None);
        stages.Run(Given.Context(stages.Route, ip: "2001:db8::2")).Error.Should().Be(GatewayError.RateLimited);
    }

    [Fact]
    public void Tier_DecidesTheSize()
    {
        Stages stages = Build(["per-user"]);
        GatewayContext gold = stages.Run(Given.Context(stages.Route, Given.User("g", "gold")));

        gold.RateLimitPolicyHeader.Should().Be("\"per-user\";q=4;w=1");
        gold.RateLimitHeader.Should().Be("\"per-user\";r=3;t=1");
        stages.Run(Given.Context(stages.Route, Given.User("s", "silver"))).RateLimitPolicyHeader.Should().Be("\"per-user\";q=2;w=2");
    }

    [Fact]
    public void RouteWithoutLimits_DoesNotAllocate()
    {
        Stages stages = Build([]);
        GatewayContext context = Given.Context(stages.Route);
        Allocations.Of(() => stages.Run(context)).Should().Be(0);
    }

    [Fact]
    public void LimitedRequest_AllocatesItsHeaderAndNothingElse()
    {
        // A FakeTimeProvider allocates as it is moved, and not always the same.
        var clock = new TickingClock(10_000_000);
        Stages stages = Build(["per-ip"], clock);
        GatewayContext context = Given.Context(stages.Route);
        string header = "\"per-ip\";r=199;t=1";
        long ofTheString = Allocations.Of(() => header = new string(header.AsSpan()));

        long ofTheStage = Allocations.Of(() =>
        {
            context.RateLimitHeader = null;
            clock.AdvanceSeconds(1);
            stages.Before(context);
        });

        context.RateLimitHeader.Should().Be(header);
        ofTheStage.Should().Be(ofTheString);
    }

    private Stages Build(IReadOnlyList<string> policies, TimeProvider? clock = null)
    {
        Route route = Given.Route(new() { Pattern = "/", RateLimits = policies });
        var limits = RouteLimits.Build(Policies, [], new RateLimitStoreOptions(), [route], clock ?? _clock);
        var after = new RateLimitMiddleware(
            _ =>
            {
                _passed++;
                return Task.CompletedTask;
            },
            RateLimitPhase.AfterAuthentication, limits, (clock ?? _clock));
        var before = new RateLimitMiddleware(static _ => Task.CompletedTask, RateLimitPhase.BeforeAuthentication, limits, (clock ?? _clock));
        return new Stages(route, limits, before, after);
    }

    /// <summary>The two places of the stage, with nothing between them.</summary>
    private sealed class Stages(Route route, RouteLimits limits, RateLimitMiddleware before, RateLimitMiddleware after)
    {
        public Route Route => route;

        public RouteLimits Limits => limits;

        public void Before(GatewayContext context) => _ = before.InvokeAsync(context);

        public void After(GatewayContext context) => _ = after.InvokeAsync(context);

        public GatewayContext Run(GatewayContext context)
        {
            Before(context);
            if (context.Error == GatewayError.None)
            {
                After(context);
            }

            return context;
        }
    }
}
