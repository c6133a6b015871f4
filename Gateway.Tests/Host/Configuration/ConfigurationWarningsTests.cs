using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class ConfigurationWarningsTests
{
    private const string OpenWithoutLimit = "Gateway:Routes:r: the route is open to anyone (Auth is Anonymous) and has no rate limit";

    [Theory]
    [InlineData("http://localhost:3000")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://shop.example")]
    public void UnencryptedOriginWithCredentials_IsWarnedOf(string origin) =>
        ConfigurationFiles.ExpectWarnings(
            $$"""{ "Gateway": { "Cors": { "AllowedOrigins": [ "https://shop.example", §"{{origin}}" ], "AllowCredentials": true } } }""",
            $"Gateway:Cors:AllowedOrigins:1: '{origin}' is not encrypted, "
                + "so whoever can answer in its place may call with the user's credentials");

    [Fact]
    public void UnencryptedOriginWithoutCredentials_IsNot() =>
        ConfigurationFiles.ExpectWarnings("""{ "Gateway": { "Cors": { "AllowedOrigins": [ "http://localhost" ] } } }""");

    [Fact]
    public void ServiceWithoutHealthCheck_IsWarnedOf() =>
        ConfigurationFiles.ExpectWarnings("""
            { "Gateway": { "Services": {
                            "a": §{ "Instances": [ { "Url": "http://10.0.0.4:80" } ] },
                            "b": { "Instances": [ { "Url": "http://10.0.0.4:80" } ], "HealthCheck": {} } } } }
            """,
            "Gateway:Services:a: the service has no HealthCheck, "
                + "so an instance that is down is noticed only by the requests it fails");

    [Fact]
    public void OpenRouteWithoutLimit_IsWarnedOf() =>
        ConfigurationFiles.ExpectWarnings(Routes("", "§", ""), OpenWithoutLimit);

    [Fact]
    public void OpenRouteThatRefusesTheDefaultLimits_IsWarnedOf() =>
        ConfigurationFiles.ExpectWarnings(Routes(""" "DefaultRateLimits": [ "p" ], """, "§", """, "RateLimits": [] """), OpenWithoutLimit);

    [Theory]
    [InlineData("", """, "RateLimits": [ "p" ] """)]
    [InlineData(""" "DefaultRateLimits": [ "p" ], """, "")]
    public void OpenRouteWithALimit_IsNot(string gateway, string route) =>
        ConfigurationFiles.ExpectWarnings(Routes(gateway, "", route));

    private static string Routes(string gateway, string mark, string route) => $$"""
        { "Gateway": { {{gateway}}
          "RateLimits": { "p": { "Capacity": 1, "RefillPerSecond": 1 } },
          "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.4:80" } ], "HealthCheck": {} } },
          "Routes": { "r": {{mark}}{ "Pattern": "/r", "Service": "a", "Auth": "Anonymous" {{route}} } } } }
        """;
}
