using Gateway.Core.Routing;

namespace Gateway.Tests.Routing;

public sealed class PathDistanceTests
{
    [Theory]
    [InlineData("/api/products/1", "/api/products/{id:int}")]
    [InlineData("/api/products/1", "/api/products/{**rest}")]
    [InlineData("/api/products", "/api/products/{**rest}")]
    [InlineData("/a/b/c/d/e", "/a/{**rest}")]
    public void PathThatFits_HasNone(string path, string pattern) => Of(path, pattern).Should().Be(0);

    [Theory]
    [InlineData("/api/product/1", "/api/products/{**rest}", "/api/orders/{**rest}")]
    [InlineData("/products/1", "/api/products/{**rest}", "/api/{x}/{y}/{z}")]
    [InlineData("/api/products/x", "/api/products/{id:int}", "/api/profile/{x}")]
    [InlineData("/API/products/1", "/api/products/{**rest}", "/api/{x}")]
    public void MeantPattern_IsNearerThanAnother(string path, string meant, string other) =>
        Of(path, meant).Should().BeLessThan(Of(path, other) ?? double.MaxValue);

    [Theory]
    [InlineData("/nonsense", "/cart")]
    [InlineData("/api/nowhere", "/api/profile/{**rest}")]
    [InlineData("/", "/a/b/c")]
    public void PathThatNobodyMeant_IsNoSuggestion(string path, string pattern) => Of(path, pattern).Should().BeNull();

    [Fact]
    public void LongestPathsAndPatterns_AreCompared_LongerOnesAreNot()
    {
        string longest = string.Concat(Enumerable.Repeat("/a", PathDistance.MostSegments));
        Of(longest, longest).Should().Be(0);
        Of(longest + "/a", longest).Should().BeNull();
        Of(longest, longest + "/a").Should().BeNull();
    }

    private static double? Of(string path, string pattern) => PathDistance.Between(path[1..].Split('/'), RoutePattern.Parse(pattern, out _)!.Segments);
}
