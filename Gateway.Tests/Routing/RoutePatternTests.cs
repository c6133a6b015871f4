using Gateway.Core.Routing;

namespace Gateway.Tests.Routing;

public sealed class RoutePatternTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/api/products", "/api/products")]
    [InlineData("/api/products/", "/api/products/")]
    [InlineData("/api/{name}", "/api/{}")]
    [InlineData("/api/{id:int}/x", "/api/{:int}/x")]
    [InlineData("/{**rest}", "/{**}")]
    [InlineData("/a/{b}/{**rest}", "/a/{}/{**}")]
    [InlineData("/größe/日本", "/größe/日本")]
    [InlineData("/a+b/~c/d;e=f", "/a+b/~c/d;e=f")]
    public void Pattern_IsReadIntoItsShape(string text, string shape)
    {
        var pattern = RoutePattern.Parse(text, out string? problem);
        problem.Should().BeNull();
        pattern!.Shape.Should().Be(shape);
    }

    [Theory]
    [InlineData("", "it starts with '/'")]
    [InlineData("api", "it starts with '/'")]
    [InlineData("//", "an empty segment")]
    [InlineData("/a//b", "an empty segment")]
    [InlineData("/a/./b", "dot segments")]
    [InlineData("/a/..", "dot segments")]
    [InlineData("/a{b}", "mixes text and braces")]
    [InlineData("/{a}b", "mixes text and braces")]
    [InlineData("/{a", "mixes text and braces")]
    [InlineData("/a}", "mixes text and braces")]
    [InlineData("/{}", "is not a parameter")]
    [InlineData("/{a b}", "is not a parameter")]
    [InlineData("/{:int}", "is not a parameter")]
    [InlineData("/{a:guid}", "is not a parameter")]
    [InlineData("/{*rest}", "is not a parameter")]
    [InlineData("/{**}", "is not a parameter")]
    [InlineData("/{a}{b}", "is not a parameter")]
    [InlineData("/{**rest}/x", "must be the last")]
    [InlineData("/{**rest}/", "must be the last")]
    [InlineData("/{a}/{a}", "stands in it twice")]
    [InlineData("/{a}/{**a}", "stands in it twice")]
    [InlineData("/%61dmin", "cannot have")]
    [InlineData("/a?b", "cannot have")]
    [InlineData("/a#b", "cannot have")]
    [InlineData("/a\\b", "cannot have")]
    [InlineData("/a b", "cannot have")]
    [InlineData("/a\n", "cannot have")]
    [InlineData("/*", "cannot have")]
    public void AnythingElse_IsAProblemInWords(string text, string problem)
    {
        RoutePattern.Parse(text, out string? told).Should().BeNull();
        told.Should().StartWith($"'{text}' is not a pattern").And.Contain(problem);
    }

    [Theory]
    [InlineData("/api/products/{**rest}", "/api", 1)]
    [InlineData("/api/products/{**rest}", "/api/products", 2)]
    [InlineData("/api", "/api", 1)]
    [InlineData("/api/products", "/", null)]
    [InlineData("/api/products", "", null)]
    [InlineData("/api/products", "api", null)]
    [InlineData("/api/products", "/api/", null)]
    [InlineData("/api/products", "/ap", null)]
    [InlineData("/api/products", "/API", null)]
    [InlineData("/api/{id}", "/api/{id}", null)]
    [InlineData("/api/{id}", "/api/x", null)]
    [InlineData("/api", "/api/products", null)]
    public void Prefix_IsMadeOfLeadingLiterals(string pattern, string prefix, int? segments) =>
        RoutePattern.Parse(pattern, out _)!.SegmentsOf(prefix).Should().Be(segments);
}
