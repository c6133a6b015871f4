using Gateway.Core.Proxying;

namespace Gateway.Tests.Proxying;

public sealed class ForwardedUriTests
{
    [Theory]
    [InlineData("/a/b", 0, "/a/b")]
    [InlineData("/a/b", 1, "/b")]
    [InlineData("/a/b/", 1, "/b/")]
    [InlineData("/a/b/", 2, "/")]
    [InlineData("/a/b", 2, "/")]
    [InlineData("/a", 3, "/")]
    [InlineData("/", 1, "/")]
    [InlineData("/a//b", 1, "//b")]
    public void StrippedPath_LacksItsFirstSegmentsAndIsNeverEmpty(string path, int segments, string rest) =>
        ForwardedUri.Stripped(path, segments).ToString().Should().Be(rest);

    /// <summary>The router compares decoded segments, so the prefix may be written in other characters than in the configuration.</summary>
    [Theory]
    [InlineData("/%61pi/b", "/b")]
    [InlineData("/a%2Fpi/b", "/b")]
    [InlineData("/api%3F/%62", "/%62")]
    public void EncodedSegments_AreStrippedWholeAndTheRestStaysAsItIs(string path, string rest) =>
        ForwardedUri.Stripped(path, 1).ToString().Should().Be(rest);

    [Theory]
    [InlineData("/%7Ea/%e2%82%AC", "?q=%zz|^\"<>&a=b+c")]
    [InlineData("/a//b;c=1/:@", "")]
    [InlineData("/...", "?")]
    [InlineData("/a%2Fb%2f", "?../..")]
    [InlineData("//double", "?x")]
    public void Address_KeepsPathAndQueryByteForByte(string path, string query)
    {
        Uri uri = ForwardedUri.Build("http://10.0.0.1:8004", path, 0, query);

        uri.PathAndQuery.Should().Be(path + query);
        (uri.Scheme, uri.Host, uri.Port).Should().Be(("http", "10.0.0.1", 8004));
    }

    [Theory]
    [InlineData("/@evil.example/")]
    [InlineData("/:80@evil.example")]
    [InlineData("//evil.example/a")]
    public void Path_CannotChangeTheHost(string path) => ForwardedUri.Build("http://10.0.0.1:8004", path, 0, "").Authority.Should().Be("10.0.0.1:8004");

    [Fact]
    public void IPv6Origin_KeepsItsBrackets() =>
        ForwardedUri.Build("http://[::1]:80", "/api/a", 1, "?q").AbsoluteUri.Should().Be("http://[::1]/a?q");
}
