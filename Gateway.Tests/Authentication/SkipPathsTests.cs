using Gateway.Core.Authentication;

namespace Gateway.Tests.Authentication;

public sealed class SkipPathsTests
{
    private readonly SkipPaths _paths = new(["/health", "/api/auth/**", "/files/"]);

    [Theory]
    [InlineData("/health")]
    [InlineData("/files/")]
    [InlineData("/api/auth")]
    [InlineData("/api/auth/")]
    [InlineData("/api/auth/login")]
    [InlineData("/api/auth/a/b/c")]
    [InlineData("/api/auth/caf%C3%A9")]
    public void ListedPathOrBelowListedPrefix_NeedsNoToken(string path)
    {
        _paths.Contains(path).Should().BeTrue();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api")]
    [InlineData("/api/orders")]
    [InlineData("/api/authx")]
    [InlineData("/api/auth%2Fx")]
    [InlineData("/API/auth")]
    [InlineData("/api/Auth/login")]
    [InlineData("/api/%61uth/login")]
    [InlineData("//api/auth/login")]
    [InlineData("/x/api/auth/login")]
    [InlineData("/Health")]
    [InlineData("/health/")]
    [InlineData("/health/live")]
    [InlineData("/files")]
    [InlineData("/files/a")]
    public void AnythingElse_NeedsOne(string path)
    {
        _paths.Contains(path).Should().BeFalse();
    }

    [Theory]
    [InlineData("/api/auth/..%2Forders")]
    [InlineData("/api/auth/..%2forders")]
    [InlineData("/api/auth/..%5Corders")]
    [InlineData("/api/auth/..%5corders")]
    [InlineData("/api/auth/..\\orders")]
    public void HiddenSeparatorBelowPrefix_NeedsOne(string path)
    {
        _paths.Contains(path).Should().BeFalse("a service may take it for a slash and leave the prefix");
    }

    [Fact]
    public void PrefixOfRoot_CoversEverything()
    {
        var all = new SkipPaths(["/**"]);

        all.Contains("/").Should().BeTrue();
        all.Contains("/any/path").Should().BeTrue();
    }

    [Fact]
    public void NoPaths_CoverNothing()
    {
        new SkipPaths([]).Contains("/").Should().BeFalse();
    }

    [Fact]
    public void Looking_AllocatesNothing()
    {
        bool warm = _paths.Contains("/health") | _paths.Contains("/api/auth/login") | _paths.Contains("/api/orders");

        long before = GC.GetAllocatedBytesForCurrentThread();
        bool again = _paths.Contains("/health") | _paths.Contains("/api/auth/login") | _paths.Contains("/api/orders");
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        allocated.Should().Be(0);
        (warm && again).Should().BeTrue();
    }
}
