using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class ConfigurationTestsTests
{
    [Theory]
    [InlineData("GET /api/products/42", "products", "product")]
    [InlineData("GET /api/products/42?a=/b", "products", null)]
    [InlineData("HEAD http://anything.example/api/products/42?x", null, "product")]
    [InlineData("GET http://carts.example:8000/", "carts", "cart")]
    [InlineData("GET https://carts.example", "carts", null)]
    [InlineData("GET https://carts.example?x=1", "carts", null)]
    [InlineData("GET /api/x/../products/%34%32", "products", null)]
    [InlineData("GET /nowhere", "none", null)]
    [InlineData("GET /api/products/a%2fb", "none", null)]
    [InlineData("GET http://carts.example/a%2Fb", "carts", "cart")]
    [InlineData("POST /api/products/42", "none", null)]
    public void TestThatHolds_IsSilent(string request, string? route, string? service) => Run(request, route, service).Should().BeEmpty();

    [Theory]
    [InlineData("GET /api/products/42", "carts", null, "expected route 'carts', got 'products'")]
    [InlineData("GET /api/products/42", "carts", "cart", "expected route 'carts', got 'products'")]
    [InlineData("GET /api/products/42", "products", "cart", "expected service 'cart', got 'product'")]
    [InlineData("GET /nowhere", "carts", null, "expected route 'carts', got none, since no route has its path")]
    [InlineData("POST /api/products/1", null, "product", "expected service 'product', got none, since its path does not take POST")]
    [InlineData("GET /api/products/a%2fb", "products", null, "expected route 'products', got none, since 'products' refuses an encoded slash")]
    [InlineData("GET /api/products/42", "none", null, "expected no route, got 'products'")]
    public void TestThatFails_IsAProblemAtTheTest(string request, string? route, string? service, string failure) =>
        Run(request, route, service).Should().Equal($"gateway.json:7:5: Gateway:Tests:1: '{request}' failed: {failure}");

    [Fact]
    public void MalformedRequest_IsAProblemAtTheRequest() =>
        Run("GET a", "none", null).Should().Equal(
            "gateway.json:7:18: Gateway:Tests:1:Request: 'GET a' is not a request; write a method and a path or URL, as in 'GET /api/products/42'");

    [Fact]
    public void TestThatExpectsNothing_IsAProblem() =>
        Run("GET /", null, null).Should().ContainSingle().Which.Should().Contain("Gateway:Tests:1:Expect: expects nothing");

    [Fact]
    public void RouteNamedNone_IsMeantByItsName() =>
        ConfigurationFiles.ProblemsOf("""
            { "Gateway": { "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.4:80" } ] } },
              "Routes": { "none": { "Pattern": "/a", "Service": "a", "Auth": "Anonymous" } },
              "Tests": [ { "Request": "GET /a", "Expect": { "Route": "none" } }, { "Request": "GET /b", "Expect": { "Route": "none" } } ] } }
            """).Should().ContainSingle().Which.Should().EndWith("'GET /b' failed: expected route 'none', got none, since no route has its path");

    [Theory]
    [InlineData("a", null)]
    [InlineData("b", null)]
    [InlineData("idle", "expected service 'idle', got 'a' or 'b'")]
    [InlineData("other", "expected service 'other', got 'a' or 'b'")]
    public void ServiceOfASplit_IsAnyThatHasAShare(string service, string? failure) =>
        ConfigurationFiles.ProblemsOf($$"""
            { "Gateway": { "Services": {
                "a": { "Instances": [ { "Url": "http://10.0.0.4:80" } ] }, "b": { "Instances": [ { "Url": "http://10.0.0.5:80" } ] },
                "idle": { "Instances": [ { "Url": "http://10.0.0.6:80" } ] }, "other": { "Instances": [ { "Url": "http://10.0.0.7:80" } ] } },
              "Routes": { "r": { "Pattern": "/a", "Service": "a", "Auth": "Anonymous", "Split": { "Services": { "a": 95, "b": 5, "idle": 0 } } } },
              "Tests": [ { "Request": "GET /a", "Expect": { "Service": "{{service}}" } } ] } }
            """).Should().Equal(failure is null ? [] : [$"gateway.json:5:14: Gateway:Tests:0: 'GET /a' failed: {failure}"]);

    private static string[] Run(string request, string? route, string? service)
    {
        string expect = string.Join(", ", new[] { ("Route", route), ("Service", service) }
            .Where(static pair => pair.Item2 is not null).Select(static pair => $"\"{pair.Item1}\": \"{pair.Item2}\""));
        return ConfigurationFiles.ProblemsOf($$"""
            { "Gateway": {
              "Services": { "product": { "Instances": [ { "Url": "http://10.0.0.4:80" } ] }, "cart": { "Instances": [ { "Url": "http://10.0.0.5:80" } ] } },
              "Routes": { "products": { "Pattern": "/api/products/{id}", "Methods": [ "GET" ], "Service": "product", "Auth": "Anonymous" },
                          "carts": { "Host": "carts.example", "Pattern": "/{**rest}", "Service": "cart", "Auth": "Anonymous", "EncodedSlash": "Keep" } },
              "Tests": [
                { "Request": "GET /api/products/1", "Expect": { "Route": "products" } },
                { "Request": "{{request}}", "Expect": { {{expect}} } } ] } }
            """);
    }
}
