using Gateway.Host.Demo;

namespace Gateway.Benchmarks.Scenarios;

/// <summary>The scenarios, over the demo's routes, services and users.</summary>
internal static class DemoScenarios
{
    private static string Token => DemoUsers.Bob.ReadyToken;

    /// <summary>All, in the order in which they run.</summary>
    public static IReadOnlyList<LoadScenario> All { get; } = [Catalogue(), LoginCart(), Mixed(), Target()];

    /// <summary>Null when there is none of that name.</summary>
    public static LoadScenario? Find(string name) => All.FirstOrDefault(one => one.Name == name);

    private static LoadScenario Catalogue() => new("catalogue", "Catalogue browse", 2_000,
    [
        (30, [new("list", "GET", "/api/products")]),
        (15, [new("search", "GET", "/api/products?q=cup")]),
        .. Products(55),
    ]);

    /// <summary>Each visit logs in anew, so that the gateway sees ever new tokens and must have each verified.</summary>
    private static LoadScenario LoginCart() => new("login-cart", "Login then cart", 900,
    [
        (1, [Login(DemoUsers.Alice), SeeCart(), PutInto(3)]),
        (1, [Login(DemoUsers.Bob), SeeCart(), PutInto(7)]),
    ]);

    private static LoadScenario Mixed() => new("mixed", "Mixed with 1 % errors", 2_000,
    [
        (1_000, [new("list", "GET", "/api/products")]),
        (1_500, [new("cart", "GET", "/api/cart") { Token = Token }]),
        (1_000, [new("profile", "GET", "/api/profile") { Token = Token }]),
        (400, [PutInto(5) with { Token = Token, UsesLogin = false }]),
        .. Products(6_000),
        (40, [new("no such product (404)", "GET", "/api/products/999999") { Expected = 404 }]),
        (30, [new("no token (401)", "GET", "/api/profile") { Expected = 401 }]),
        (20, [new("method not taken (405)", "DELETE", "/api/orders") { Token = Token, Expected = 405 }]),
        (10, [new("not for customers (403)", "DELETE", "/api/products/1") { Token = Token, Expected = 403 }]),
    ]);

    private static LoadScenario Target() => new("10k", "10k target", 10_000,
    [
        (3, [new("profile", "GET", "/api/profile") { Token = Token }]),
        (2, [new("cart", "GET", "/api/cart") { Token = Token }]),
        .. Products(5),
    ]);

    /// <summary>Single products, evenly.</summary>
    private static IEnumerable<(int Weight, RequestShape[] Visit)> Products(int weight)
    {
        int[] ids = [1, 4, 7, 10, 12];
        return ids.Select(id => (weight / ids.Length, (RequestShape[])[new("product", "GET", $"/api/products/{id}")]));
    }

    private static RequestShape Login(DemoUser user) => new("login", "POST", "/api/auth/login")
    {
        Body = $$"""{"username":"{{user.Id}}","password":"{{user.Password}}"}""",
        IsLogin = true,
    };

    private static RequestShape SeeCart() => new("see the cart", "GET", "/api/cart") { UsesLogin = true };

    private static RequestShape PutInto(int product) => new("put into the cart", "POST", "/api/cart")
    {
        Body = $$"""{"product_id":{{product}},"quantity":2}""",
        UsesLogin = true,
        Expected = 201,
    };
}
