using Gateway.Host.Explaining;

namespace Gateway.Tests.Host.Explaining;

public sealed class ExplainRequestTests
{
    [Theory]
    [InlineData("/a/../b?c=d", "/a/../b?c=d", null)]
    [InlineData("/a%2Fb#fragment", "/a%2Fb", null)]
    [InlineData("http://shop.example:8000/a?b", "/a?b", "shop.example:8000")]
    [InlineData("HTTPS://shop.example", "/", "shop.example")]
    [InlineData("http://shop.example?a", "/?a", "shop.example")]
    [InlineData("http://[::1]:80/a", "/a", "[::1]:80")]
    public void Url_BecomesTargetAndHost_Untouched(string url, string target, string? host)
    {
        ExplainRequest request = Parse("GET", url)!;
        request.Target.Should().Be(target);
        request.Headers.Select(static header => header.Value).Should().Equal(host is null ? [] : [host]);
    }

    [Fact]
    public void Options_MayAskAboutTheServer() => Parse("OPTIONS", "*")!.Target.Should().Be("*");

    [Fact]
    public void HostHeader_GoesBeforeTheUrls() =>
        Parse("GET", "http://a.example/", ("host", " b.example "))!.Headers.Should().ContainSingle().Which.Should().Be(KeyValuePair.Create("host", "b.example"));

    [Theory]
    [InlineData("GET", "*", "only OPTIONS has the target '*'; for others the server itself answers 405")]
    [InlineData("", "/", "'' is not a method")]
    [InlineData("GE T", "/", "'GE T' is not a method")]
    [InlineData("GET", "", "'' is neither a path that begins with '/' nor an http or https URL")]
    [InlineData("GET", "a/b", "'a/b' is neither a path that begins with '/' nor an http or https URL")]
    [InlineData("GET", "ftp://h/", "'ftp://h/' is neither a path that begins with '/' nor an http or https URL")]
    [InlineData("GET", "http:///a", "'http:///a' is neither a path that begins with '/' nor an http or https URL")]
    public void WhatIsNoRequest_IsSaid(string method, string url, string problem)
    {
        ExplainRequest.Parse(method, url, [], out string? said).Should().BeNull();
        said.Should().Be(problem);
    }

    [Theory]
    [InlineData("a b", "1", "'a b' is not a header's name")]
    [InlineData("", "1", "'' is not a header's name")]
    [InlineData("A", "1\r\nB: 2", "a header's value has a line break or a NUL")]
    public void HeaderThatIsNone_IsSaid(string name, string value, string problem)
    {
        ExplainRequest.Parse("GET", "/", [KeyValuePair.Create(name, value)], out string? said).Should().BeNull();
        said.Should().Be(problem);
    }

    [Fact]
    public void LongestLineAndMostHeaders_AreTaken_MoreAreNot()
    {
        string longest = "/" + new string('a', ExplainRequest.MaxLine - 1);
        Parse("GET", longest).Should().NotBeNull();
        Parse("GET", longest + "a").Should().BeNull();
        (string, string)[] most = [.. Enumerable.Range(0, ExplainRequest.MaxHeaders).Select(static i => ($"X-{i}", "1"))];
        Parse("GET", "/", most).Should().NotBeNull();
        Parse("GET", "/", [.. most, ("Y", "1")]).Should().BeNull();
    }

    [Theory]
    [InlineData("Name: value", "Name", " value")]
    [InlineData("Name:a:b", "Name", "a:b")]
    [InlineData("Name:", "Name", "")]
    public void HeaderOfTheCommandLine_IsTakenApart(string text, string name, string value) =>
        ExplainRequest.ParseHeader(text).Should().Be(KeyValuePair.Create(name, value));

    [Theory]
    [InlineData("Name")]
    [InlineData(": value")]
    [InlineData("")]
    public void TextWithoutAName_IsNoHeader(string text) => ExplainRequest.ParseHeader(text).Should().BeNull();

    private static ExplainRequest? Parse(string method, string url, params (string Name, string Value)[] headers) =>
        ExplainRequest.Parse(method, url, headers.Select(static header => KeyValuePair.Create(header.Name, header.Value)), out _);
}
