using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;

namespace Gateway.Tests.Context;

public sealed class MirrorOptionsTests
{
    private static readonly MirrorOptions Fine = new() { Service = "shadow" };

    [Fact]
    public void Defaults_AreThoseOfTheDocumentation() => new MirrorOptions().Should().BeEquivalentTo(new
    {
        Service = "",
        Percent = 100.0,
        MaxBodyBytes = 65_536,
        MaxConcurrent = 64,
    });

    [Fact]
    public void SmallestMirror_IsFine() => ErrorsOf(Fine).Should().BeEmpty();

    [Theory]
    [InlineData("", "a mirror needs the name of a service")]
    [InlineData("shodow", "there is no service 'shodow'; did you mean 'shadow'?")]
    [InlineData("product", "'product' answers the route's requests, so it would get them twice")]
    public void ServiceThatCannotBe_IsOneError(string service, string message) =>
        ErrorsOf(Fine with { Service = service }).Should().Equal(new OptionError("M:Service", message));

    [Theory]
    [InlineData(0, true)]
    [InlineData(0.1, true)]
    [InlineData(100, true)]
    [InlineData(-0.1, false)]
    [InlineData(100.1, false)]
    [InlineData(double.NaN, false)]
    public void Percent_HasBounds(double percent, bool valid) =>
        ErrorsOf(Fine with { Percent = percent }).Select(static error => error.Key).Should().Equal(valid ? [] : ["M:Percent"]);

    [Theory]
    [InlineData(0, true)]
    [InlineData(1 << 20, true)]
    [InlineData(-1, false)]
    [InlineData((1 << 20) + 1, false)]
    public void MaxBodyBytes_HasBounds(int bytes, bool valid) =>
        ErrorsOf(Fine with { MaxBodyBytes = bytes }).Select(static error => error.Key).Should().Equal(valid ? [] : ["M:MaxBodyBytes"]);

    [Theory]
    [InlineData(1, true)]
    [InlineData(10_000, true)]
    [InlineData(0, false)]
    [InlineData(10_001, false)]
    public void MaxConcurrent_HasBounds(int count, bool valid) =>
        ErrorsOf(Fine with { MaxConcurrent = count }).Select(static error => error.Key).Should().Equal(valid ? [] : ["M:MaxConcurrent"]);

    private static IReadOnlyList<OptionError> ErrorsOf(MirrorOptions mirror)
    {
        var errors = new OptionErrors();
        mirror.Validate("M", ["product"], new Dictionary<string, ServiceOptions> { ["product"] = new(), ["shadow"] = new() }, errors);
        return errors.All;
    }
}
