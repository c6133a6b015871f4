using Gateway.Core.Backends;
using Gateway.Core.Errors;

namespace Gateway.Tests.Backends;

public sealed class HealthCheckOptionsTests
{
    [Fact]
    public void Defaults_AreValid() => KeysOf(new()).Should().BeEmpty();

    [Theory]
    [InlineData("/health", true)]
    [InlineData("/health?deep=1", true)]
    [InlineData("health", false)]
    [InlineData("", false)]
    [InlineData("/a b", false)]
    [InlineData("/a\r\nHost: x", false)]
    [InlineData("/größe", false)]
    public void Path_IsAPath(string path, bool valid) => KeysOf(new() { Path = path }).Any().Should().Be(!valid);

    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(3_600, 100)]
    public void Bounds_AreInclusive(double seconds, int count)
    {
        var time = TimeSpan.FromSeconds(seconds);
        KeysOf(new() { Interval = time, Timeout = time, Rise = count, Fall = count }).Should().BeEmpty();
    }

    [Fact]
    public void EveryFault_IsReported() =>
        KeysOf(new() { Path = "x", Interval = TimeSpan.Zero, Timeout = TimeSpan.FromDays(1), Rise = 0, Fall = 101 })
            .Should().Equal("H:Path", "H:Interval", "H:Timeout", "H:Rise", "H:Fall");

    private static IEnumerable<string> KeysOf(HealthCheckOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("H", errors);
        return errors.All.Select(error => error.Key);
    }
}
