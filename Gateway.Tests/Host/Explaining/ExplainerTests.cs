using Gateway.Host.Explaining;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Explaining;

public sealed class ExplainerTests
{
    private const string Json = """
        { "Gateway": {
          "Services": { "s": { "Instances": [ { "Url": "http://10.0.0.1:80" } ] } },
          "Auth": { "ServiceUrl": "http://10.0.0.9:80", "SkipPaths": [ "/open/**" ] },
          "Routes": {
            "item": { "Pattern": "/items/{id:int}", "Methods": [ "GET" ], "Service": "s", "StripPrefix": "/items" },
            "items": { "Pattern": "/items/{**rest}", "Service": "s" },
            "secret": { "Pattern": "/secret", "Service": "s", "Headers": { "X-Api-Token": "abc", "X-Plain": "1" } },
            "shop": { "Pattern": "/shop", "Host": "shop.example", "Service": "s" },
            "admin": { "Pattern": "/admin", "Service": "s", "Require": { "Roles": [ "admin" ] } },
            "open": { "Pattern": "/open/admin", "Service": "s", "Require": { "Roles": [ "admin" ] } } } } }
        """;

    [Fact]
    public void RouteThatWins_IsNamedWithItsPlace_AndWhatItGoesBefore()
    {
        Explanation explanation = Explain("GET", "/items/7?x=1");

        explanation.Route.Should().Be(new ExplainedRoute("item", "/items/{id:int}", "goes before 1 other that takes the request too", "gateway.json:5:26"));
        explanation.Answer.ServicePath.Should().Be("/7?x=1");
        explanation.NearMisses[0].Should().Be(new ExplainedMiss("items", "/items/{**rest}", "precedence",
            "takes it too, but 'item' has a whole number as its segment 2, which goes before a catch-all", "gateway.json:6:27"));
    }

    [Theory]
    [InlineData("POST", "/items/7", "item", "method", "takes GET, not POST")]
    [InlineData("GET", "/items/x", "item", "path", "wants a whole number as segment 2, not 'x'")]
    [InlineData("GET", "/shop", "shop", "host", "wants the host shop.example, and the request names none")]
    [InlineData("GET", "http://other/shop", "shop", "host", "wants the host shop.example, not other")]
    [InlineData("GET", "/secret", "secret", "header", "wants the header X-Api-Token: ***")]
    [InlineData("GET", "/admin/", "admin", "path", "wants the path to end without a slash")]
    [InlineData("GET", "/itms/a/b", "items", "path", "wants 'items' as segment 1, not 'itms'")]
    public void RouteThatNearlyMatches_SaysWhatFailed(string method, string url, string route, string failed, string why) =>
        Explain(method, url).NearMisses.Should().Contain(miss => miss.Route == route && miss.Failed == failed && miss.Why == why);

    [Fact]
    public void Refusals_AreThePipelines()
    {
        Explain("GET", "/../x").Answer.Should().BeEquivalentTo(new { SentOn = false, Status = 400, Reason = "bad_request" });
        Explain("GET", "/nowhere/at/all").Answer.Should().Match<ExplainedAnswer>(static answer => answer.Status == 404 && answer.Reason == "no_route" && answer.Before.Count == 1);
        Explain("POST", "http://shop.example/items/7").Answer.SentOn.Should().BeTrue("'items' takes every method");
        Explain("GET", "/health/live").Answer.Should().BeEquivalentTo(new { SentOn = false, Status = 200, Detail = "The gateway answers its health endpoints itself." });
    }

    [Fact]
    public void EncodedSlash_IsTheRoutesRefusal()
    {
        Explanation explanation = Explain("GET", "/items/a%2Fb");
        explanation.Route.Should().BeNull();
        explanation.Answer.Status.Should().Be(400);
        explanation.NearMisses.Should().Contain(static miss => miss.Route == "items" && miss.Failed == "encoded_slash");
    }

    [Theory]
    [InlineData("/admin", null, "401 token_missing: the request has no token|403 forbidden: for users without the roles and scopes that the route requires")]
    [InlineData("/admin", "Bearer abc", "403 forbidden: for users without the roles and scopes that the route requires")]
    [InlineData("/admin", "Bearer a b", "401 token_invalid: the token is malformed|403 forbidden: for users without the roles and scopes that the route requires")]
    [InlineData("/open/admin", null, "403 forbidden: for everybody, since the route requires roles or scopes and nobody is asked for a token")]
    public void WhatComesBefore_DependsOnTheToken(string url, string? authorization, string before) =>
        Explain("GET", url, authorization is null ? [] : [("Authorization", authorization)]).Answer.Before.Should().Equal(before.Split('|'));

    [Theory]
    [InlineData("OPTIONS", "0", "401 token_missing: the request has no token")]
    [InlineData("OPTIONS", "many", "401 token_missing: the request has no token")]
    [InlineData("TRACE", "0", "")]
    public void MaxForwards_EndsBehindAuthentication_ButForTrace(string method, string forwards, string before) =>
        string.Join('|', Explain(method, "/items/7", ("Max-Forwards", forwards)).Answer.Before).Should().Be(before);

    [Theory]
    [InlineData(2, "goes before 1 other that takes the request too")]
    [InlineData(64, "goes before 63 others that take the request too")]
    [InlineData(65, "goes before at least 63 others that take the request too; the rest was not looked at")]
    public void OthersThatTakeTheRequest_AreCountedBeyondThoseThatAreTold(int routes, string why) =>
        ExplainerOf(Enumerable.Range(0, routes).Select(static i => $$""" "r{{i:00}}": { "Pattern": "/{**rest}", "Service": "s", "Auth": "Anonymous", "Headers": { "X-{{i}}": "1" } } """))
            .Explain(ExplainRequest.Parse("GET", "/a", Enumerable.Range(0, routes).Select(static i => KeyValuePair.Create($"X-{i}", "1")), out _)!).Route!.Why.Should().Be(why);

    [Fact]
    public void PathThatIsTooLongToBeCompared_IsSaidToBe()
    {
        string path = string.Concat(Enumerable.Repeat("/s", 25));
        ExplainerOf([""" "all": { "Pattern": "/{**rest}", "Service": "s", "Auth": "Anonymous" } """]).Explain(ExplainRequest.Parse("GET", path, [], out _)!).Route!.Why
            .Should().Be("takes the request; whether others take it too was not looked at");
    }

    [Fact]
    public void NearMisses_AreNoMoreThanTheLimit()
    {
        Explainer explainer = ExplainerOf(Enumerable.Range(0, 20).Select(static i => $$""" "r{{i}}": { "Pattern": "/a/{x}/thing{{i}}", "Service": "s", "Auth": "Anonymous" } """));
        explainer.Explain(ExplainRequest.Parse("GET", "/a/1/thing", [], out _)!).NearMisses.Should().HaveCount(Explainer.MostMisses);
    }

    private static Explainer ExplainerOf(IEnumerable<string> routes) => new(ConfigurationFiles.Load(
        $$"""{ "Gateway": { "Services": { "s": { "Instances": [ { "Url": "http://10.0.0.1:80" } ] } }, "Routes": { {{string.Join(", ", routes)}} } } }""").Configuration!);

    private static Explanation Explain(string method, string url, params (string Name, string Value)[] headers) =>
        new Explainer(ConfigurationFiles.Load(Json).Configuration!).Explain(
            ExplainRequest.Parse(method, url, headers.Select(static header => KeyValuePair.Create(header.Name, header.Value)), out _)!);
}
