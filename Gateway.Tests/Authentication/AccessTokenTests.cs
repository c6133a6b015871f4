using Gateway.Core.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Tests.Authentication;

public sealed class AccessTokenTests
{
    private const string Cookie = "access_token";

    [Theory]
    [InlineData("Bearer abc")]
    [InlineData("bearer abc")]
    [InlineData("BEARER abc")]
    [InlineData("Bearer   abc")]
    public void BearerInAnyCase_IsFound(string header)
    {
        AccessToken token = Find(header);

        token.Presence.Should().Be(TokenPresence.Found);
        token.Value.ToString().Should().Be("abc");
    }

    [Theory]
    [InlineData("azAZ09-._~+/")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.c2ln")]
    [InlineData("YWI=")]
    [InlineData("YQ==")]
    public void EveryCharacterOfToken68_IsAllowed(string token)
    {
        Find($"Bearer {token}").Value.ToString().Should().Be(token);
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer a b")]
    [InlineData("Bearer a,Bearer b")]
    [InlineData("Bearer a=b")]
    [InlineData("Bearer ==")]
    [InlineData("Bearer a\"")]
    [InlineData("Bearer a\u00e9")]
    [InlineData("Bearer\tabc")]
    [InlineData("Bearer \tabc")]
    public void WhatCannotBeAToken_IsMalformed(string header)
    {
        AccessToken token = Find(header, "access_token=good");

        token.Presence.Should().Be(TokenPresence.Malformed);
        token.Value.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void TwoAuthorizationHeaders_AreMalformed()
    {
        Find(new StringValues(["Bearer abc", "Bearer abc"])).Presence.Should().Be(TokenPresence.Malformed);
        Find(new StringValues(["Basic abc", "Bearer abc"])).Presence.Should().Be(TokenPresence.Malformed);
    }

    [Fact]
    public void TokenOfEightKilobytes_IsFound_OneMoreIsMalformed()
    {
        Find("Bearer " + new string('a', 8192)).Presence.Should().Be(TokenPresence.Found);
        Find("Bearer " + new string('a', 8193)).Presence.Should().Be(TokenPresence.Malformed);
        Find(default, "access_token=" + new string('a', 8192)).Presence.Should().Be(TokenPresence.Found);
        Find(default, "access_token=" + new string('a', 8193)).Presence.Should().Be(TokenPresence.Malformed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Basic dTpw")]
    [InlineData("Bearerx abc")]
    [InlineData("Token abc")]
    public void OtherScheme_IsNoToken_AndTheCookieCounts(string header)
    {
        Find(header).Presence.Should().Be(TokenPresence.None);
        Find(header, "access_token=fromcookie").Value.ToString().Should().Be("fromcookie");
    }

    [Fact]
    public void NeitherHeaderNorCookie_IsNone()
    {
        Find(default).Presence.Should().Be(TokenPresence.None);
        Find(default, "theme=dark; lang=en").Presence.Should().Be(TokenPresence.None);
    }

    [Fact]
    public void BearerHeader_WinsOverCookie()
    {
        Find("Bearer header", "access_token=cookie").Value.ToString().Should().Be("header");
    }

    [Theory]
    [InlineData("access_token=abc")]
    [InlineData("theme=dark; access_token=abc; lang=en")]
    [InlineData("theme=dark;access_token=abc")]
    [InlineData("access_token=\"abc\"")]
    [InlineData("; ;=; x; access_token=abc;")]
    [InlineData("xaccess_token=no; access_tokenx=no; access_token=abc; access_token=second")]
    public void Cookie_IsFoundAmongOthers(string header)
    {
        Find(default, header).Value.ToString().Should().Be("abc");
    }

    [Fact]
    public void CookieHeaderInSeveralLines_IsSearchedWhole()
    {
        Find(default, new StringValues(["theme=dark", "access_token=abc"])).Value.ToString().Should().Be("abc");
    }

    [Theory]
    [InlineData("access_token=a b")]
    [InlineData("access_token=a%20b")]
    [InlineData("access_token=\"abc")]
    [InlineData("access_token=a=b")]
    public void CookieThatCannotBeAToken_IsMalformed(string header)
    {
        Find(default, header).Presence.Should().Be(TokenPresence.Malformed);
    }

    [Theory]
    [InlineData("access_token=")]
    [InlineData("access_token=\"\"")]
    [InlineData("access_token")]
    [InlineData("Access_Token=abc")]
    public void EmptyCookieOrAnotherName_IsNone(string header)
    {
        Find(default, header).Presence.Should().Be(TokenPresence.None);
    }

    [Fact]
    public void NoCookieConfigured_CookiesAreNotLookedAt()
    {
        var headers = new HeaderDictionary { ["Cookie"] = "access_token=abc" };

        AccessToken.Find(headers, null).Presence.Should().Be(TokenPresence.None);
    }

    [Fact]
    public void FindingInHeaderOrCookie_AllocatesNothing()
    {
        var bearer = new HeaderDictionary { ["Authorization"] = "Bearer abc" };
        var cookie = new HeaderDictionary { ["Cookie"] = "theme=dark; access_token=abc" };
        int found = Twice(bearer, cookie);

        long before = GC.GetAllocatedBytesForCurrentThread();
        found += Twice(bearer, cookie);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        allocated.Should().Be(0);
        found.Should().Be(4);
    }

    private static int Twice(HeaderDictionary one, HeaderDictionary other) =>
        (AccessToken.Find(one, Cookie).Presence == TokenPresence.Found ? 1 : 0)
        + (AccessToken.Find(other, Cookie).Presence == TokenPresence.Found ? 1 : 0);

    private static AccessToken Find(StringValues authorization, StringValues cookie = default)
    {
        var headers = new HeaderDictionary { ["Authorization"] = authorization, ["Cookie"] = cookie };
        return AccessToken.Find(headers, Cookie);
    }
}
