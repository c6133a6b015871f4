using Gateway.Core.Authentication;
using Gateway.Core.Errors;

namespace Gateway.Tests.Authentication;

public sealed class SharedTokenOptionsTests
{
    private static readonly SharedTokenOptions Shared = new() { Redis = "redis:6379", KeyFile = "key" };

    [Fact]
    public void Defaults_ShareNothing()
    {
        new SharedTokenOptions().Should().BeEquivalentTo(
            new { Redis = (string?)null, KeyFile = (string?)null, KeyPrefix = "gateway", SoftDuration = TimeSpan.FromMinutes(1) });
        KeysOf(new SharedTokenOptions()).Should().BeEmpty();
    }

    [Fact]
    public void AddressAndKey_AreEnough() => KeysOf(Shared).Should().BeEmpty();

    [Fact]
    public void Redis_NeedsAKeyFile() => KeysOf(Shared with { KeyFile = null }).Should().Equal("S:KeyFile");

    [Fact]
    public void EmptyRedis_IsAnError() => KeysOf(Shared with { Redis = " " }).Should().Equal("S:Redis");

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("{a}")]
    public void Prefix_HasFewCharacters(string prefix) => KeysOf(Shared with { KeyPrefix = prefix }).Should().Equal("S:KeyPrefix");

    [Theory]
    [InlineData(1, true)]
    [InlineData(0.999, false)]
    [InlineData(86_400, true)]
    [InlineData(86_401, false)]
    public void SoftDuration_HasBounds(double seconds, bool isFine) =>
        KeysOf(Shared with { SoftDuration = TimeSpan.FromSeconds(seconds) }).Should().HaveCount(isFine ? 0 : 1);

    [Fact]
    public void ModeJwt_HasNobodyToAskAgain()
    {
        KeysOf(Shared, AuthMode.Jwt).Should().Equal("S:Redis");
        KeysOf(Shared, AuthMode.JwtThenAuthService).Should().BeEmpty();
    }

    private static IEnumerable<string> KeysOf(SharedTokenOptions options, AuthMode mode = AuthMode.AuthService)
    {
        var errors = new OptionErrors();
        options.Validate("S", mode, errors);
        return errors.All.Select(static error => error.Key);
    }
}
