using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Host.Admin;
using Gateway.Tests.House;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Host.Admin;

public sealed partial class DashboardPageTests
{
    private const string Folder = "Gateway.Host/Admin/Page/";

    /// <summary>Bytes of all files, as they are sent to a browser and as they stand.</summary>
    private const int MaxBytesSent = 30 * 1024, MaxBytes = 75 * 1024;

    private static readonly string[] Names = [.. Repository.Files.Where(static file => file.StartsWith(Folder, StringComparison.Ordinal)).Select(static file => file[Folder.Length..])];

    private readonly DashboardPage _page = new();

    [Fact]
    public void Paths_AreTheRootAndTheFilesOfTheFolder() =>
        _page.Paths.Should().BeEquivalentTo(Names.Select(static name => name == "index.html" ? "/" : "/" + name));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/index.html")]
    [InlineData("/page.js/")]
    [InlineData("/Page.js")]
    [InlineData("//page.js")]
    [InlineData("/page/page.js")]
    [InlineData("/../page.js")]
    [InlineData("/demo.json")]
    [InlineData("/admin")]
    public void AnythingElse_IsNotThePages(string? path) => _page.Has(path).Should().BeFalse();

    [Fact]
    public async Task EveryFile_ComesAsItStands_AndMayDoNothingButBeThePage()
    {
        foreach (string path in _page.Paths)
        {
            (HttpContext http, byte[] body) = await AskAsync("GET", path);
            body.Should().Equal(await File.ReadAllBytesAsync(Path.Combine(Repository.Root, Folder, path == "/" ? "index.html" : path[1..])));
            http.Response.ContentLength.Should().Be(body.Length);
            http.Response.Headers.Select(static header => $"{header.Key}: {header.Value}").Should().Contain(
            [
                "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Cross-Origin-Opener-Policy: same-origin",
                "Cross-Origin-Resource-Policy: same-origin", "Cache-Control: no-cache", "Vary: Accept-Encoding",
            ]);
        }
    }

    [Theory]
    [InlineData("/", "text/html; charset=utf-8")]
    [InlineData("/page.js", "text/javascript; charset=utf-8")]
    [InlineData("/dashboard.css", "text/css; charset=utf-8")]
    [InlineData("/favicon.svg", "image/svg+xml")]
    public async Task Kind_FollowsFromTheName(string path, string kind) => (await AskAsync("GET", path)).Http.Response.ContentType.Should().Be(kind);

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip, br;q=0", "gzip")]
    [InlineData("GZIP", "gzip")]
    [InlineData("deflate", null)]
    [InlineData("identity", null)]
    [InlineData("", null)]
    [InlineData("*", null)]
    [InlineData("br;q=x", null)]
    public async Task Coding_IsOneThatTheClientTakes(string accepted, string? coding)
    {
        (HttpContext http, byte[] body) = await AskAsync("GET", "/", ("Accept-Encoding", accepted));
        (http.Response.Headers.ContentEncoding.ToString(), http.Response.ContentLength).Should().Be((coding ?? "", (long)body.Length));
        using Stream plain = coding switch
        {
            "br" => new BrotliStream(new MemoryStream(body), CompressionMode.Decompress),
            "gzip" => new GZipStream(new MemoryStream(body), CompressionMode.Decompress),
            _ => new MemoryStream(body),
        };
        (await new StreamReader(plain, Encoding.UTF8).ReadToEndAsync()).Should().Be(Repository.Read(Folder + "index.html"));
    }

    [Fact]
    public async Task Head_HasGetsHeadersAndNoBody()
    {
        (HttpContext get, _) = await AskAsync("GET", "/page.js");
        (HttpContext head, byte[] body) = await AskAsync("HEAD", "/page.js");
        body.Should().BeEmpty();
        head.Response.Headers.Should().BeEquivalentTo(get.Response.Headers);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task AnotherMethod_Is405WithAllow(string method)
    {
        (HttpContext http, _) = await AskAsync(method, "/");
        (http.Response.StatusCode, http.Response.Headers.Allow.ToString()).Should().Be((405, "GET, HEAD"));
    }

    [Theory]
    [InlineData("{0}", 304)]
    [InlineData("W/{0}", 304)]
    [InlineData("\"other\", {0}", 304)]
    [InlineData("*", 304)]
    [InlineData("\"other\"", 200)]
    [InlineData("nonsense", 200)]
    public async Task PageThatTheClientHas_IsNotSentAgain(string known, int status)
    {
        string tag = (await AskAsync("GET", "/", ("Accept-Encoding", "br"))).Http.Response.Headers.ETag.ToString();
        (HttpContext http, byte[] body) = await AskAsync("GET", "/", ("Accept-Encoding", "br"), ("If-None-Match", known.Replace("{0}", tag, StringComparison.Ordinal)));
        (http.Response.StatusCode, body.Length > 0, http.Response.Headers.ETag.ToString()).Should().Be((status, status == 200, tag));
    }

    [Fact]
    public async Task Tags_DifferByFileAndByCoding()
    {
        var tags = new List<string>();
        foreach (string path in _page.Paths)
        {
            foreach (string coding in new[] { "br", "gzip", "identity" })
            {
                tags.Add((await AskAsync("GET", path, ("Accept-Encoding", coding))).Http.Response.Headers.ETag.ToString());
            }
        }

        tags.Should().OnlyHaveUniqueItems().And.OnlyContain(static tag => tag.Length > 10);
    }

    [Fact]
    public async Task WholePage_IsSmall()
    {
        int sent = 0;
        foreach (string path in _page.Paths)
        {
            sent += (await AskAsync("GET", path, ("Accept-Encoding", "gzip"))).Body.Length;
        }

        sent.Should().BeLessThan(MaxBytesSent);
        Names.Sum(static name => new FileInfo(Path.Combine(Repository.Root, Folder, name)).Length).Should().BeLessThan(MaxBytes);
        Names.Where(static name => Repository.Read(Folder + name).Split('\n').Length > 301).Should().BeEmpty();
    }

    [Fact]
    public void Page_NamesNothingElsewhereAndMakesNoMarkupOfText()
    {
        foreach (string name in Names)
        {
            string text = Repository.Read(Folder + name);
            Markup().Matches(text).Select(static match => match.Value).Should().BeEmpty("{0} writes text as text", name);
            Elsewhere().Matches(text).Select(static match => match.Value).Should().BeEmpty("{0} needs nobody else", name);
        }
    }

    private async Task<(HttpContext Http, byte[] Body)> AskAsync(string method, string path, params (string Name, string Value)[] headers)
    {
        using var body = new MemoryStream();
        var http = new DefaultHttpContext { Request = { Method = method, Path = path }, Response = { Body = body } };
        foreach ((string name, string value) in headers)
        {
            http.Request.Headers[name] = value;
        }

        await _page.AnswerAsync(http);
        return (http, body.ToArray());
    }

    [GeneratedRegex(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|srcdoc|\bstyle=|<style|\son\w+=""|<script(?! type=""module"" src=)")]
    private static partial Regex Markup();

    [GeneratedRegex(@"https?://(?!www\.w3\.org/2000/svg|\$\{host\})[\w.]+|@import|url\(")]
    private static partial Regex Elsewhere();
}
