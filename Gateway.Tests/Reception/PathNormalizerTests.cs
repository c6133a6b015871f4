using Gateway.Core.Reception;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Reception;

public sealed class PathNormalizerTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/a//b/")]
    [InlineData("/A/%7Ea/%C3%A9/%c3%a9")]
    [InlineData("/a;v=1/b,c/:x@y")]
    [InlineData("/...")]
    [InlineData("/.../....")]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/a/.hidden/..b/c.")]
    [InlineData("/a/%2ehidden")]
    [InlineData("/%252e%252e/a")]
    [InlineData("/...;x")]
    public void PathWithNothingToResolve_IsTheVeryStringThatWasSent(string target)
    {
        NormalizedTarget normalized = PathNormalizer.Normalize(target);

        normalized.Should().Be(new NormalizedTarget(target, "", false, null));
        normalized.Path.Should().BeSameAs(target);
    }

    [Theory]
    [InlineData("/.", "/")]
    [InlineData("/./", "/")]
    [InlineData("/a/.", "/a/")]
    [InlineData("/a/./b", "/a/b")]
    [InlineData("/a/..", "/")]
    [InlineData("/a/../", "/")]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/b/../..", "/")]
    [InlineData("/a/b/../../c", "/c")]
    [InlineData("/a//../b", "/a/b")]
    [InlineData("//../a", "/a")]
    [InlineData("/a/.../../b", "/a/b")]
    [InlineData("/a/.hidden/../b", "/a/b")]
    public void PlainDotSegments_AreResolved(string target, string path) => PathNormalizer.Normalize(target).Path.Should().Be(path);

    [Theory]
    [InlineData("/%2e", "/")]
    [InlineData("/a/%2E%2e/b", "/b")]
    [InlineData("/a/.%2e/b", "/b")]
    [InlineData("/a/%2E./b", "/b")]
    [InlineData("/a/%2e/b", "/a/b")]
    [InlineData("/a/b/%2e%2e", "/a/")]
    [InlineData("/a/%2e%2e%2e/b", "/a/%2e%2e%2e/b")]
    public void EncodedDots_CountAsDots(string target, string path) => PathNormalizer.Normalize(target).Path.Should().Be(path);

    [Theory]
    [InlineData("/..")]
    [InlineData("/../")]
    [InlineData("/../a")]
    [InlineData("/a/../../a")]
    [InlineData("/a/b/../../../a/b")]
    [InlineData("/%2e%2e/a")]
    [InlineData("/.%2E")]
    [InlineData("/./..")]
    [InlineData("//../../a")]
    public void PathThatClimbsAboveItsRoot_IsRefused(string target) => ShouldBeRefused(target, "climbs above its root");

    [Theory]
    [InlineData("/a/..;/b")]
    [InlineData("/a/..;x=1/b")]
    [InlineData("/a/.;/b")]
    [InlineData("/a/..%3b/b")]
    [InlineData("/a/..%3Bx/b")]
    [InlineData("/a/%2e%2e;/b")]
    [InlineData("/a/%2e.%3b")]
    public void DotSegmentBehindASemicolon_IsRefused(string target) => ShouldBeRefused(target, "hides a dot segment");

    [Theory]
    [InlineData("/a\\b", "backslash")]
    [InlineData("/a/..\\b", "backslash")]
    [InlineData("/a%5cb", "encoded backslash")]
    [InlineData("/a%5Cb", "encoded backslash")]
    [InlineData("/a%00b", "encoded NUL")]
    [InlineData("/a\0b", "that none may have")]
    [InlineData("/a#b", "that none may have")]
    [InlineData("/a%0d%0ab", "encoded control character")]
    [InlineData("/a%7Fb", "encoded control character")]
    [InlineData("/%c0%ae", "not UTF-8")]
    [InlineData("/%e0%80%af", "not UTF-8")]
    [InlineData("/%80", "not UTF-8")]
    [InlineData("/%c3", "not UTF-8")]
    [InlineData("/%c3a9", "not UTF-8")]
    [InlineData("/%ed%a0%80", "not UTF-8")]
    [InlineData("/%f4%90%80%80", "not UTF-8")]
    [InlineData("http://u@h/", "more than a host")]
    [InlineData("http://h\\x/", "more than a host")]
    [InlineData("/%", "without two hexadecimal digits")]
    [InlineData("/a%2", "without two hexadecimal digits")]
    [InlineData("/a%g0", "without two hexadecimal digits")]
    [InlineData("/a%0g/b", "without two hexadecimal digits")]
    [InlineData("/a%%41", "without two hexadecimal digits")]
    [InlineData("/a%?b", "without two hexadecimal digits")]
    public void PathWithAnAmbiguousCharacter_IsRefused(string target, string because) => ShouldBeRefused(target, because);

    [Theory]
    [InlineData("/a%2fb")]
    [InlineData("/a%2Fb")]
    public void EncodedSlash_IsReportedAndKept(string target) =>
        PathNormalizer.Normalize(target).Should().Be(new NormalizedTarget(target, "", HasEncodedSlash: true, null));

    [Theory]
    [InlineData("/a?", "/a", "?")]
    [InlineData("/a?b=c", "/a", "?b=c")]
    [InlineData("/a?b=/../c&d=%zz%00\\?e", "/a", "?b=/../c&d=%zz%00\\?e")]
    [InlineData("/a/../b?x", "/b", "?x")]
    public void Query_IsCutOffAndKeptByteForByte(string target, string path, string query) =>
        PathNormalizer.Normalize(target).Should().Be(new NormalizedTarget(path, query, false, null));

    [Fact]
    public void QueryWithAHash_IsRefused() => ShouldBeRefused("/a?b#c", "a character that none may have");

    [Theory]
    [InlineData("http://host", "/", "")]
    [InlineData("http://host/", "/", "")]
    [InlineData("http://host?q", "/", "?q")]
    [InlineData("http://host:80/a/../b?q=http://x/y", "/b", "?q=http://x/y")]
    [InlineData("https://host/a%2Eb", "/a%2Eb", "")]
    public void AbsoluteForm_IsItsPathAndQuery(string target, string path, string query) =>
        PathNormalizer.Normalize(target).Should().Be(new NormalizedTarget(path, query, false, null));

    [Theory]
    [InlineData("*")]
    [InlineData("")]
    [InlineData("host:443")]
    [InlineData("a/b")]
    [InlineData("://host/a")]
    public void AnyOtherForm_IsRefused(string target) => ShouldBeRefused(target, "not a path");

    [Fact]
    public void NormalizingTwice_ChangesNothingMore()
    {
        const int Seed = 20_250_601;
        string[] pieces = ["/", "/", ".", "..", "%2e", "%2E", "a", "b", "%2f", "%41", ";", "%3b", "//", "...", "~"];
        var random = new Random(Seed);
        int accepted = 0;
        for (int run = 0; run < 5_000; run++)
        {
            string target = "/" + string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            NormalizedTarget once = PathNormalizer.Normalize(target);
            if (once.Problem is not null)
            {
                continue;
            }

            accepted++;
            string because = $"seed {Seed}, target {target}";
            PathNormalizer.Normalize(once.Path).Should().Be(once with { HasEncodedSlash = HasEncodedSlash(once.Path) }, because);
            once.Path.Should().StartWith("/", because);
            once.Path.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase).Split('/')
                .Should().NotContain([".", ".."], because);
        }

        accepted.Should().BeGreaterThan(1_000, "most targets must get past the refusals for this to mean something; seed {0}", Seed);
    }

    [Theory]
    [InlineData("/api/products/42")]
    [InlineData("/api/%E2%82%AC/a;b=c/")]
    [InlineData("/.well-known/openid-configuration")]
    public void UnchangedPathWithoutAQuery_AllocatesNothing(string target) =>
        Allocations.Of(() => PathNormalizer.Normalize(target)).Should().Be(0);

    [Fact]
    public void LongestPathThatAServerTakes_IsResolved() =>
        PathNormalizer.Normalize("/" + string.Concat(Enumerable.Repeat("a/../", 1_600)) + "end").Path.Should().Be("/end");

    [Fact]
    public void EncodedSlashThatADotSegmentTakesAway_IsReportedAllTheSame() =>
        PathNormalizer.Normalize("/a%2Fb/../c").Should().Be(new NormalizedTarget("/c", "", HasEncodedSlash: true, null), "readers disagree how far '..' goes");

    private static bool HasEncodedSlash(string path) => path.Contains("%2f", StringComparison.OrdinalIgnoreCase);

    private static void ShouldBeRefused(string target, string because)
    {
        NormalizedTarget normalized = PathNormalizer.Normalize(target);

        normalized.Problem.Should().Contain(because);
        (normalized.Path, normalized.Query).Should().Be(("/", ""), "nothing of a refused target goes on");
    }
}
