using System.Text.RegularExpressions;
using Gateway.Host.Admin;
using Gateway.Tests.House;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Host.Admin;

public sealed class AdminGuardTests
{
    private const string Token = "0123456789abcdef";

    private readonly AdminGuard _guard = new(Token, ["gateway-admin.shop.svc"]);

    [Theory]
    [InlineData("Bearer 0123456789abcdef")]
    [InlineData("bearer 0123456789abcdef")]
    public void Token_MayChange(string authorization) => _guard.RefusesToChange(Request(authorization)).Should().BeNull();

    [Fact]
    public void AnotherToken_TakesThePlaceOfTheOneBefore()
    {
        _guard.UseToken("another-token-987");
        _guard.RefusesToChange(Request("Bearer another-token-987")).Should().BeNull();
        _guard.RefusesToChange(Request("Bearer " + Token))!.Status.Should().Be(401);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcdef")]
    [InlineData("Basic 0123456789abcdef")]
    [InlineData("Bearer 0123456789abcde")]
    [InlineData("Bearer 0123456789abcdeF")]
    [InlineData("Bearer 0123456789abcdefx")]
    public void AnythingElse_Is401(string? authorization)
    {
        HttpContext http = Request(authorization);
        _guard.RefusesToChange(http)!.Status.Should().Be(401);
        http.Response.Headers.WWWAuthenticate.ToString().Should().Be("Bearer");
    }

    /// <summary>How long a comparison takes cannot be held by a test; that it is of two hashes, whole and in constant time, can: the token itself is
    /// kept nowhere, and nothing else is compared with its hash.</summary>
    [Fact]
    public void Token_IsComparedByItsHashInConstantTime()
    {
        string source = Repository.Read("Gateway.Host/Admin/AdminGuard.cs");
        string[] code =
        [
            .. source.Split('\n').Where(static line => !line.TrimStart().StartsWith("///", StringComparison.Ordinal) && !line.Contains("AdminProblem.Of")),
        ];
        code.Where(static line => Regex.IsMatch(line, @"\btoken\b")).Should().HaveCount(2, "it is a parameter, and hashed");
        code.Where(static line => line.Contains("_hash")).Should().HaveCount(5, "it is kept, replaced, asked twice whether it is there, and compared once")
            .And.ContainSingle(static line => Regex.IsMatch(line, @"CryptographicOperations\.FixedTimeEquals\(HashOf\(.*\), _hash\)"));
        code.Should().ContainSingle(static line => line.Contains("HashOf(string text) => SHA256.HashData("));
    }

    [Theory]
    [InlineData("none", null, true)]
    [InlineData("same-origin", null, true)]
    [InlineData(null, null, true)]
    [InlineData("same-origin", "http://127.0.0.1:9100", true)]
    [InlineData("cross-site", null, false)]
    [InlineData("same-site", null, false)]
    [InlineData(null, "http://page.example", false)]
    [InlineData(null, "null", false)]
    public void PageOfAnotherOrigin_GetsNoStream(string? site, string? origin, bool isFine)
    {
        HttpContext http = Request(null);
        http.Request.Headers["Sec-Fetch-Site"] = site;
        http.Request.Headers.Origin = origin;
        (AdminGuard.RefusesToStream(http)?.Status ?? 200).Should().Be(isFine ? 200 : 403);
    }

    [Fact]
    public void TwoAuthorizations_Are401()
    {
        HttpContext http = Request(null);
        http.Request.Headers.Authorization = new(["Bearer " + Token, "Bearer " + Token]);
        _guard.RefusesToChange(http)!.Status.Should().Be(401);
    }

    [Fact]
    public void WithoutAConfiguredToken_NothingCanBeChanged()
    {
        var guard = new AdminGuard(null, []);
        guard.AllowsChanges.Should().BeFalse();
        AdminProblem problem = guard.RefusesToChange(Request("Bearer "))!;
        (problem.Status, problem.Detail).Should().Be((403, "There is no admin token, so nothing can be changed; set Gateway:Admin:TokenFile."));
    }

    /// <summary>As a browser sends it; with a forwarded port, the port is not the one that listens.</summary>
    [Theory]
    [InlineData("127.0.0.1:9100", "http://127.0.0.1:9100", true)]
    [InlineData("localhost:19100", "http://localhost:19100", true)]
    [InlineData("[::1]:9100", "http://[::1]:9100", true)]
    [InlineData("gateway-admin.shop.svc", "https://gateway-admin.shop.svc", true)]
    [InlineData("127.0.0.1:9100", "http://127.0.0.1:9101", false)]
    [InlineData("127.0.0.1:9100", "http://127.0.0.2:9100", false)]
    [InlineData("127.0.0.1:9100", "http://localhost:9100", false)]
    [InlineData("127.0.0.1:9100", "http://page.example", false)]
    [InlineData("127.0.0.1:9100", "http://127.0.0.1:9100.page.example", false)]
    [InlineData("127.0.0.1:9100", "http://127.0.0.1:9100/x", false)]
    [InlineData("127.0.0.1:9100", "ftp://127.0.0.1:9100", false)]
    [InlineData("127.0.0.1:9100", "null", false)]
    public void PageOfAnotherOrigin_Is403EvenWithTheToken(string host, string origin, bool isFine)
    {
        HttpContext http = Request("Bearer " + Token, host);
        http.Request.Headers.Append("Origin", origin);
        _guard.RefusesToChange(http)?.Status.Should().Be(403);
        (_guard.RefusesToChange(http) is null).Should().Be(isFine);
        _guard.RefusesToAnswer(http).Should().BeNull("whose page may read the answer is the browser's to say");
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3:9100", true)]
    [InlineData("[2001:db8::1]:9100", true)]
    [InlineData("localhost:9100", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("gateway-admin.shop.svc:9100", true)]
    [InlineData("rebound.example:9100", false)]
    [InlineData("localhost.rebound.example", false)]
    [InlineData("127.0.0.1.rebound.example", false)]
    [InlineData("other.gateway-admin.shop.svc", false)]
    public void NameThatIsNotOurs_Is421(string host, bool isFine)
    {
        HttpContext http = Request("Bearer " + Token, host);
        (_guard.RefusesToAnswer(http)?.Status ?? 200).Should().Be(isFine ? 200 : 421);
        (_guard.RefusesToChange(http)?.Status ?? 200).Should().Be(isFine ? 200 : 421);
    }

    [Fact]
    public void MachinesOwnName_IsOurs() => _guard.RefusesToAnswer(Request(null, Environment.MachineName)).Should().BeNull();

    private static DefaultHttpContext Request(string? authorization, string host = "127.0.0.1:9100")
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Host = host;
        if (authorization is not null)
        {
            http.Request.Headers.Authorization = authorization;
        }

        return http;
    }
}
