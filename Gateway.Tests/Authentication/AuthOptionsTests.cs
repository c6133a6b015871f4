using Gateway.Core.Authentication;
using Gateway.Core.Errors;

namespace Gateway.Tests.Authentication;

public sealed class AuthOptionsTests
{
    private static readonly AuthOptions Jwt = new() { Mode = AuthMode.Jwt, Jwt = new JwtOptions { JwksUrl = "https://issuer/keys" } };

    [Fact]
    public void Defaults_AreTheContracts() => new AuthOptions().Should().BeEquivalentTo(new
    {
        Mode = AuthMode.AuthService,
        ServiceUrl = (string?)null,
        VerifyPath = "/verify",
        Timeout = TimeSpan.FromSeconds(2),
        MaxConcurrentCalls = 256,
        Cookie = "access_token",
        SkipPaths = Array.Empty<string>(),
        CacheDuration = TimeSpan.FromMinutes(15),
        CacheSize = 100_000,
        NegativeCacheDuration = TimeSpan.FromSeconds(5),
        Jwt = new JwtOptions
        {
            JwksUrl = null,
            Issuer = null,
            Audience = null,
            ClockSkew = TimeSpan.FromMinutes(1),
            RefreshInterval = TimeSpan.FromMinutes(10),
            UnknownKeyInterval = TimeSpan.FromSeconds(30),
        },
    });

    [Fact]
    public void Defaults_AreValid() => ErrorsOf(new AuthOptions()).Should().BeEmpty("a gateway whose routes are all anonymous has nobody to ask");

    [Theory]
    [InlineData("/api/auth/logout", true)]
    [InlineData("api/auth/logout", false)]
    [InlineData("/api/auth/**", false)]
    [InlineData("/logout?all=1", false)]
    public void LogoutPath_IsExact(string path, bool isFine) =>
        ErrorsOf(new AuthOptions { LogoutPaths = [path] }).Select(static error => error.Key).Should().Equal(isFine ? [] : ["A:LogoutPaths:0"]);

    [Fact]
    public void LogoutPaths_NeedAnAuthService() =>
        ErrorsOf(Jwt with { LogoutPaths = ["/logout"] }).Should().ContainSingle(static error => error.Key == "A:LogoutPaths");

    [Fact]
    public void OtherPaths_JudgeTheSame()
    {
        new AuthOptions { LogoutPaths = ["/a"], SkipPaths = ["/b"] }.JudgesAs(new AuthOptions()).Should().BeTrue();
        new AuthOptions { Shared = new SharedTokenOptions { Redis = "r" } }.JudgesAs(new AuthOptions()).Should().BeFalse();
    }

    [Fact]
    public void Cookie_MayBeNull() => ErrorsOf(new AuthOptions { Cookie = null }).Should().BeEmpty();

    [Theory]
    [InlineData("localhost:8001")]
    [InlineData("/verify")]
    [InlineData("ftp://auth")]
    [InlineData("http://user@auth")]
    [InlineData("http://auth?a=b")]
    [InlineData("http://auth#a")]
    public void ServiceUrlThatIsNoAddress_IsAnError(string url) =>
        ErrorsOf(new AuthOptions { ServiceUrl = url }).Should().Equal(new OptionError(
            "A:ServiceUrl", $"'{url}' is not an http or https address without user, query and fragment"));

    [Fact]
    public void ServiceUrlInJwtMode_IsNotLookedAt() => ErrorsOf(Jwt with { ServiceUrl = "nothing" }).Should().BeEmpty();

    [Fact]
    public void BothModes_NeedBothAddresses() =>
        ErrorsOf(new AuthOptions { Mode = AuthMode.JwtThenAuthService }).Should().Equal(
            new OptionError("A:ServiceUrl", "is missing: the auth service's address, as in 'http://localhost:8001'"),
            new OptionError("A:Jwt:JwksUrl", "is missing: where the issuer's keys are, as in 'http://localhost:8001'"));

    [Theory]
    [InlineData("")]
    [InlineData("verify")]
    [InlineData("/ver ify")]
    [InlineData("/verify\r\n")]
    public void VerifyPathThatIsNone_IsAnError(string path) =>
        ErrorsOf(new AuthOptions { VerifyPath = path }).Should().Equal(new OptionError("A:VerifyPath", $"'{path}' is not a path; it starts with '/'"));

    [Theory]
    [InlineData("/health")]
    [InlineData("/api/auth/**")]
    [InlineData("/**")]
    public void ExactPathsAndPrefixes_MayBeSkipped(string path) => ErrorsOf(new AuthOptions { SkipPaths = [path] }).Should().BeEmpty();

    [Theory]
    [InlineData("health")]
    [InlineData("/api/*/x")]
    [InlineData("/api/*")]
    [InlineData("/api**")]
    [InlineData("/**/x/**")]
    public void OtherPatterns_AreErrorsAtTheirPlace(string path) =>
        ErrorsOf(new AuthOptions { SkipPaths = ["/fine", path] }).Should().Equal(
            new OptionError("A:SkipPaths:1", $"'{path}' is neither an exact path nor a prefix that ends in '/**'"));

    [Fact]
    public void LowestValues_AreAllowed() => ErrorsOf(Jwt with
    {
        Timeout = TimeSpan.FromMilliseconds(1),
        MaxConcurrentCalls = 1,
        CacheDuration = TimeSpan.Zero,
        CacheSize = 1,
        NegativeCacheDuration = TimeSpan.Zero,
        Jwt = Jwt.Jwt with { ClockSkew = TimeSpan.Zero, RefreshInterval = TimeSpan.FromSeconds(1), UnknownKeyInterval = TimeSpan.FromSeconds(1) },
    }).Should().BeEmpty();

    [Fact]
    public void HighestValues_AreAllowed() => ErrorsOf(Jwt with
    {
        Timeout = TimeSpan.FromMinutes(1),
        MaxConcurrentCalls = 10_000,
        CacheDuration = TimeSpan.FromDays(1),
        CacheSize = 10_000_000,
        NegativeCacheDuration = TimeSpan.FromDays(1),
        Jwt = Jwt.Jwt with { ClockSkew = TimeSpan.FromMinutes(10), RefreshInterval = TimeSpan.FromDays(1), UnknownKeyInterval = TimeSpan.FromDays(1) },
    }).Should().BeEmpty();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OneBeyondEachLimit_IsAnErrorAtItsKey(bool above)
    {
        TimeSpan Beyond(TimeSpan min, TimeSpan max) => above ? max + TimeSpan.FromTicks(1) : min - TimeSpan.FromTicks(1);
        var second = TimeSpan.FromSeconds(1);
        var day = TimeSpan.FromDays(1);
        ErrorsOf(Jwt with
        {
            Timeout = Beyond(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)),
            MaxConcurrentCalls = above ? 10_001 : 0,
            CacheDuration = Beyond(TimeSpan.Zero, day),
            CacheSize = above ? 10_000_001 : 0,
            NegativeCacheDuration = Beyond(TimeSpan.Zero, day),
            Jwt = Jwt.Jwt with
            {
                ClockSkew = Beyond(TimeSpan.Zero, TimeSpan.FromMinutes(10)),
                RefreshInterval = Beyond(second, day),
                UnknownKeyInterval = Beyond(second, day),
            },
        }).Select(error => error.Key).Should().BeEquivalentTo(
            "A:Timeout", "A:MaxConcurrentCalls", "A:CacheDuration", "A:CacheSize", "A:NegativeCacheDuration",
            "A:Jwt:ClockSkew", "A:Jwt:RefreshInterval", "A:Jwt:UnknownKeyInterval");
    }

    [Theory]
    [InlineData(AuthMode.AuthService, "http://auth", null, true)]
    [InlineData(AuthMode.AuthService, null, "http://keys", false)]
    [InlineData(AuthMode.Jwt, null, "http://keys", true)]
    [InlineData(AuthMode.Jwt, "http://auth", null, false)]
    public void Configured_MeansThatThereIsSomeoneToAsk(AuthMode mode, string? service, string? keys, bool configured) =>
        new AuthOptions { Mode = mode, ServiceUrl = service, Jwt = new JwtOptions { JwksUrl = keys } }.IsConfigured.Should().Be(configured);

    private static IReadOnlyList<OptionError> ErrorsOf(AuthOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("A", errors);
        return errors.All;
    }
}
