using System.Globalization;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Routing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Routing;

public sealed class ServiceSplitTests
{
    private const int Many = 20_000;

    private static readonly BackendService[] Services =
    [
        .. new[] { "a", "b", "c", "d" }.Select(static (name, index) => new BackendService(
            name, index, Given.ServiceOptions(1) with { Timeouts = new TimeoutOptions { Idle = TimeSpan.FromSeconds(index + 1) } }, TimeProvider.System)),
    ];

    [Fact]
    public void RouteWithoutASplit_HasNoChoice() => ServiceSplit.Of(Given.Route(new GatewayRouteOptions()), Services).Should().BeNull();

    [Theory]
    [InlineData(StickyBy.None)]
    [InlineData(StickyBy.User)]
    [InlineData(StickyBy.Ip)]
    [InlineData(StickyBy.Header)]
    public void Shares_AreKept(StickyBy by)
    {
        ServiceSplit split = Split(new SplitOptions { StickyBy = by, Header = "X-S" }, ("a", 70), ("b", 20), ("c", 10), ("d", 0));

        int[] counts = new int[Services.Length];
        for (int i = 0; i < Many; i++)
        {
            counts[Choose(split, Client(i)).Index]++;
        }

        // Within six standard deviations: chance alone fails once in half a thousand million runs.
        int[] expected = [Many * 7 / 10, Many / 5, Many / 10, 0];
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i].Should().BeCloseTo(expected[i], (uint)(6 * Math.Sqrt(expected[i])));
        }
    }

    [Theory]
    [InlineData(StickyBy.User)]
    [InlineData(StickyBy.Ip)]
    [InlineData(StickyBy.Header)]
    public void SameClient_GetsTheSameService(StickyBy by)
    {
        SplitOptions options = new() { StickyBy = by, Header = "X-S" };
        ServiceSplit one = Split(options, ("a", 1), ("b", 1)), other = Split(options, ("b", 1), ("a", 1));
        for (int i = 0; i < 500; i++)
        {
            Choose(other, Client(i)).Should().BeSameAs(Choose(one, Client(i)));
        }
    }

    [Fact]
    public void RaisedShare_TakesFromTheOthersAndMovesNobodyElse()
    {
        SplitOptions options = new() { StickyBy = StickyBy.User };
        ServiceSplit before = Split(options, ("a", 80), ("b", 15), ("c", 5)), after = Split(options, ("a", 80), ("b", 15), ("c", 25));
        int moved = 0;
        for (int i = 0; i < Many; i++)
        {
            (BackendService from, BackendService to) = (Choose(before, Client(i)), Choose(after, Client(i)));
            if (from != to)
            {
                to.Name.Should().Be("c");
                moved++;
            }
        }

        moved.Should().BeCloseTo((int)(Many * ((25 / 120.0) - 0.05)), 400);
    }

    [Fact]
    public void Routes_DealOutTheirClientsAnew()
    {
        SplitOptions options = new() { StickyBy = StickyBy.User };
        ServiceSplit one = Split(options, ("a", 1), ("b", 1)), other = Split("other", options, ("a", 1), ("b", 1));
        Enumerable.Range(0, 1_000).Count(i => Choose(one, Client(i)) == Choose(other, Client(i))).Should().BeInRange(400, 600);
    }

    [Theory]
    [InlineData(StickyBy.User)]
    [InlineData(StickyBy.Header)]
    public void ClientThatNothingBinds_IsBoundByItsAddress(StickyBy by)
    {
        ServiceSplit split = Split(new SplitOptions { StickyBy = by, Header = "X-S" }, ("a", 1), ("b", 1)),
            byAddress = Split(new SplitOptions { StickyBy = StickyBy.Ip }, ("a", 1), ("b", 1));
        for (int i = 0; i < 200; i++)
        {
            GatewayContext context = Given.Context(ip: $"10.0.{i}.1");
            context.Http.Request.Headers["X-S"] = "";
            Choose(split, context).Should().BeSameAs(Choose(byAddress, context));
        }
    }

    [Fact]
    public void HeaderOfSeveralLines_BindsByAllOfThem()
    {
        ServiceSplit split = Split(new SplitOptions { StickyBy = StickyBy.Header, Header = "X-S" }, ("a", 1), ("b", 1));
        var chosen = new HashSet<string>();
        for (int i = 0; i < 50; i++)
        {
            GatewayContext context = Given.Context();
            context.Http.Request.Headers["X-S"] = new[] { "same", i.ToString(CultureInfo.InvariantCulture) };
            chosen.Add(Choose(split, context).Name);
        }

        chosen.Should().HaveCount(2);
    }

    [Fact]
    public void ServiceThatTheClientNames_IsAsked_ThoughItHasNoShare()
    {
        ServiceSplit split = Split(new SplitOptions { StickyBy = StickyBy.User, OverrideHeader = "X-Canary" }, ("a", 1), ("b", 0));
        GatewayContext context = Client(1);
        context.Http.Request.Headers["x-canary"] = "b";
        Choose(split, context).Name.Should().Be("b");
    }

    [Theory]
    [InlineData("c")]
    [InlineData("B")]
    [InlineData("b ")]
    [InlineData("")]
    [InlineData("b", "b")]
    public void AnyOtherValue_IsIgnored(params string[] values)
    {
        ServiceSplit split = Split(new SplitOptions { OverrideHeader = "X-Canary" }, ("a", 1), ("b", 0));
        GatewayContext context = Client(1);
        context.Http.Request.Headers["X-Canary"] = values;
        Choose(split, context).Name.Should().Be("a");
    }

    [Fact]
    public void OverrideThatIsNotConfigured_MeansNothing()
    {
        GatewayContext context = Client(1);
        context.Http.Request.Headers["X-Canary"] = "b";
        Choose(Split(new SplitOptions(), ("a", 1), ("b", 0)), context).Name.Should().Be("a");
    }

    [Fact]
    public void Timeouts_AreTheChosenServicesWithTheRoutesOwnOnTop()
    {
        Route route = Given.Route(new GatewayRouteOptions
        {
            Timeouts = new RouteTimeoutOptions { Total = TimeSpan.FromSeconds(9) },
            Split = new SplitOptions { Services = new Dictionary<string, int> { ["a"] = 0, ["c"] = 1 } },
        });
        GatewayContext context = Given.Context(route);

        Choose(ServiceSplit.Of(route, Services)!, context).Name.Should().Be("c");

        context.Timeouts.Should().Be(new TimeoutOptions { Idle = TimeSpan.FromSeconds(3), Total = TimeSpan.FromSeconds(9) });
    }

    [Theory]
    [InlineData(StickyBy.None)]
    [InlineData(StickyBy.User)]
    [InlineData(StickyBy.Ip)]
    [InlineData(StickyBy.Header)]
    public void Choice_AllocatesNothing(StickyBy by)
    {
        ServiceSplit split = Split(new SplitOptions { StickyBy = by, Header = "X-S", OverrideHeader = "X-Canary" }, ("a", 1), ("b", 1));
        GatewayContext context = Client(1);
        context.Http.Request.Headers["X-Canary"] = "none of them";
        Allocations.Of(() => split.Choose(context)).Should().Be(0);
    }

    private static ServiceSplit Split(SplitOptions options, params (string Name, int Share)[] shares) => Split("route", options, shares);

    private static ServiceSplit Split(string route, SplitOptions options, params (string Name, int Share)[] shares) => ServiceSplit.Of(
        Given.Route(
            new GatewayRouteOptions { Split = options with { Services = shares.ToDictionary(static share => share.Name, static share => share.Share) } },
            name: route),
        Services)!;

    /// <summary>One of many, told apart by user, address and header.</summary>
    private static GatewayContext Client(int number)
    {
        string name = number.ToString(CultureInfo.InvariantCulture);
        GatewayContext context = Given.Context(user: Given.User(name), ip: $"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}");
        context.Http.Request.Headers["X-S"] = name;
        return context;
    }

    private static BackendService Choose(ServiceSplit split, GatewayContext context)
    {
        split.Choose(context);
        return context.Service!;
    }
}
