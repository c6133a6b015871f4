using Gateway.Core.Cors;
using Gateway.Core.Errors;

namespace Gateway.Tests.Cors;

public sealed class CorsOptionsTests
{
    [Fact]
    public void Defaults_AreTheContracts()
    {
        var defaults = new CorsOptions();
        defaults.AllowedOrigins.Should().BeEmpty();
        defaults.AllowedMethods.Should().Equal("GET", "POST", "PUT", "DELETE", "OPTIONS");
        defaults.AllowedHeaders.Should().Equal("Content-Type", "Authorization", "X-Correlation-ID");
        defaults.ExposedHeaders.Should().Equal("X-Correlation-ID", "RateLimit", "RateLimit-Policy", "Retry-After");
        defaults.AllowCredentials.Should().BeFalse();
        defaults.MaxAge.Should().Be(TimeSpan.FromMinutes(5));
    }

    [Theory]
    [InlineData("https://shop.example")]
    [InlineData("https://Shop.Example")]
    [InlineData("http://localhost:3000")]
    [InlineData("http://[::1]:3000")]
    public void SchemeAndHost_AreAnOrigin(string origin) =>
        ErrorsOf(new CorsOptions { AllowedOrigins = [origin], AllowCredentials = true }).Should().BeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("shop.example")]
    [InlineData("https://shop.example/")]
    [InlineData("https://shop.example/path")]
    [InlineData("https://shop.example?q")]
    [InlineData("https://*.shop.example/")]
    [InlineData("https://shop.example:443")]
    [InlineData("https://user@shop.example")]
    public void AnythingElse_IsAnErrorAtItsPlace(string origin) =>
        ErrorsOf(new CorsOptions { AllowedOrigins = ["https://a.example", origin] }).Should().ContainSingle().Which.Should().Be(new OptionError(
            "C:AllowedOrigins:1", $"'{origin}' is not an origin; write scheme and host (and port), as in 'https://shop.example', without a path"));

    [Fact]
    public void Star_IsEveryOrigin() => ErrorsOf(new CorsOptions { AllowedOrigins = ["*"] }).Should().BeEmpty();

    [Fact]
    public void StarWithCredentials_IsAnError() =>
        ErrorsOf(new CorsOptions { AllowedOrigins = ["*"], AllowCredentials = true }).Should().Equal(
            new OptionError("C:AllowedOrigins:0", "'*' may not be combined with AllowCredentials; list the origins"));

    /// <summary>The framework takes '*' for an origin's name as soon as it is not alone, and would grant nobody.</summary>
    [Fact]
    public void StarBesideAnOrigin_IsAnError() =>
        ErrorsOf(new CorsOptions { AllowedOrigins = ["https://a.example", "*"] }).Should().Equal(
            new OptionError("C:AllowedOrigins:1", "'*' stands alone; it already includes every origin"));

    [Theory]
    [InlineData("")]
    [InlineData("X Y")]
    [InlineData("X-A, X-B")]
    [InlineData("X\r\nSet-Cookie: a")]
    [InlineData("größe")]
    public void NameThatIsNoToken_IsAnErrorInEachList(string name) =>
        ErrorsOf(new CorsOptions { AllowedMethods = [name], AllowedHeaders = ["X-Fine", name], ExposedHeaders = [name] }).Should().Equal(
            new OptionError("C:AllowedMethods:0", $"'{name}' is not a method's name"),
            new OptionError("C:AllowedHeaders:1", $"'{name}' is not a header's name"),
            new OptionError("C:ExposedHeaders:0", $"'{name}' is not a header's name"));

    [Fact]
    public void StarAsMethodAndHeader_IsAllowed() =>
        ErrorsOf(new CorsOptions { AllowedMethods = ["*"], AllowedHeaders = ["*"], ExposedHeaders = ["*"] }).Should().BeEmpty();

    [Theory]
    [InlineData(0, true)]
    [InlineData(86_400_000, true)]
    [InlineData(-1, false)]
    [InlineData(86_400_001, false)]
    public void MaxAge_HasBounds(int milliseconds, bool valid) =>
        ErrorsOf(new CorsOptions { MaxAge = TimeSpan.FromMilliseconds(milliseconds) })
            .Select(error => error.Key).Should().Equal(valid ? [] : ["C:MaxAge"]);

    private static IReadOnlyList<OptionError> ErrorsOf(CorsOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("C", errors);
        return errors.All;
    }
}
