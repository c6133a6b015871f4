using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Routing;

namespace Gateway.Tests.Routing;

public sealed class RouteTableTests
{
    private static readonly Dictionary<string, string> Beta = new() { ["X-Beta"] = "1" };

    [Fact]
    public void EqualRoutes_AreAnErrorThatNamesBoth()
    {
        OptionError error = Errors(("b", new() { Pattern = "/a" }), ("a", new() { Pattern = "/a" })).Should().ContainSingle().Subject;
        error.Key.Should().Be("R:b:Pattern");
        error.Message.Should().Contain("'a'").And.Contain("'b'").And.Contain("any method");
    }

    [Fact]
    public void NamesOfParameters_DoNotTellRoutesApart() =>
        Errors(("a", new() { Pattern = "/{x}/{y:int}/{**z}" }), ("b", new() { Pattern = "/{u}/{v:int}/{**w}" })).Should().ContainSingle();

    [Fact]
    public void OneCommonMethod_IsEnoughForAConflict() =>
        Errors(
            ("a", new() { Pattern = "/a", Methods = ["GET", "PUT"] }),
            ("b", new() { Pattern = "/a", Methods = ["PUT", "POST"] })).Should().ContainSingle().Which.Message.Should().Contain("PUT");

    [Fact]
    public void SameHeadersInAnotherCaseAndOrder_AreAConflict() =>
        Errors(
            ("a", new() { Pattern = "/a", Headers = new Dictionary<string, string> { ["X-A"] = "1", ["X-B"] = "2" } }),
            ("b", new() { Pattern = "/a", Headers = new Dictionary<string, string> { ["x-b"] = "2", ["x-a"] = "1" } })).Should().ContainSingle();

    [Fact]
    public void SameHostInAnotherCase_IsAConflict() =>
        Errors(("a", new() { Pattern = "/a", Host = "h.example" }), ("b", new() { Pattern = "/a", Host = "H.Example" })).Should().ContainSingle();

    public static TheoryData<string> Apart() => ["pattern", "kind", "slash", "methods", "any method", "head", "headers", "host"];

    [Theory]
    [MemberData(nameof(Apart))]
    public void RoutesThatDifferInSomething_AreNoConflict(string what)
    {
        var route = new GatewayRouteOptions { Pattern = "/a/{x}", Methods = ["GET"] };
        GatewayRouteOptions other = what switch
        {
            "pattern" => route with { Pattern = "/b/{x}" },
            "kind" => route with { Pattern = "/a/{x:int}" },
            "slash" => route with { Pattern = "/a/{x}/" },
            "methods" => route with { Methods = ["POST"] },
            "any method" => route with { Methods = null },
            "head" => route with { Methods = ["HEAD"] },
            "headers" => route with { Headers = Beta },
            _ => route with { Host = "h.example" },
        };
        Errors(("a", route), ("b", other)).Should().BeEmpty();
    }

    [Fact]
    public void EveryConflictOfSeveral_IsReported() =>
        Errors(("a", new() { Pattern = "/a" }), ("b", new() { Pattern = "/a" }), ("c", new() { Pattern = "/a" })).Should().HaveCount(3);

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public void PathThatTheGatewayAnswersItself_CanNeverMatch(string pattern)
    {
        Errors(("a", new() { Pattern = pattern })).Should().ContainSingle().Which.Message.Should().Contain("never match");
        Errors(("a", new() { Pattern = pattern, Methods = ["POST"] })).Should().BeEmpty();
        Errors(("a", new() { Pattern = pattern + "/x" })).Should().BeEmpty();
    }

    [Theory]
    [InlineData("", "needs a pattern")]
    [InlineData("a", "starts with '/'")]
    [InlineData("/a//b", "empty segment")]
    public void PatternThatCannotBeRead_IsAnErrorAtThePattern(string pattern, string message)
    {
        OptionError error = Errors(("a", new() { Pattern = pattern })).Should().ContainSingle().Subject;
        error.Key.Should().Be("R:a:Pattern");
        error.Message.Should().Contain(message);
    }

    [Theory]
    [InlineData("/api", 0)]
    [InlineData("/api/products", 0)]
    [InlineData("/products", 1)]
    [InlineData("/api/", 1)]
    [InlineData("api", 1)]
    public void StripPrefix_IsMadeOfThePatternsLeadingLiterals(string prefix, int errors) =>
        Errors(("a", new() { Pattern = "/api/products/{**rest}", StripPrefix = prefix })).Should().HaveCount(errors);

    [Theory]
    [InlineData("api.example.com", 0)]
    [InlineData("192.0.2.1", 0)]
    [InlineData("[2001:db8::1]", 0)]
    [InlineData("2001:db8::1", 1)]
    [InlineData("[api.example.com]", 1)]
    [InlineData("api.example.com:80", 1)]
    [InlineData("http://api.example.com", 1)]
    [InlineData("*.example.com", 1)]
    [InlineData("", 1)]
    public void Host_IsAHostNameAsRequestsNameIt(string host, int errors) =>
        Errors(("a", new() { Pattern = "/", Host = host })).Where(error => error.Key == "R:a:Host").Should().HaveCount(errors);

    [Theory]
    [InlineData("X-Beta", 0)]
    [InlineData("", 1)]
    [InlineData("X Beta", 1)]
    [InlineData("X-Beta:", 1)]
    public void Header_HasAHeadersName(string name, int errors) =>
        Errors(("a", new() { Pattern = "/", Headers = new Dictionary<string, string> { [name] = "1" } })).Should().HaveCount(errors);

    private static IReadOnlyList<OptionError> Errors(params (string Name, GatewayRouteOptions Options)[] routes)
    {
        var errors = new OptionErrors();
        RouteTable.Validate("R", routes.ToDictionary(route => route.Name, route => route.Options), errors);
        return errors.All;
    }
}
