using Gateway.Core.Authentication;
using Gateway.Core.Context;

namespace Gateway.Tests.Authentication;

public sealed class RevocationTests
{
    [Fact]
    public void Text_IsReadAgain()
    {
        Revocation token = OfToken("t"), user = Revocation.OfUser("u");
        token.Text.Should().MatchRegex("^t-[0-9a-f]{32}$");
        user.Text.Should().MatchRegex("^u-[0-9a-f]{32}$");
        Revocation.Parse(token.Text).Should().Be(token);
        Revocation.Parse(user.Text).Should().Be(user);
        Revocation.Parse(new Revocation(RevocationKind.User, 7).Text).Should().Be(new Revocation(RevocationKind.User, 7));
    }

    [Theory]
    [InlineData("")]
    [InlineData("t-")]
    [InlineData("x-0123456789abcdef0123456789abcdef")]
    [InlineData("t:0123456789abcdef0123456789abcdef")]
    [InlineData("t-0123456789abcdef0123456789abcdeg")]
    [InlineData("t-0123456789abcdef0123456789abcdef0")]
    public void AnythingElse_IsNone(string text) => Revocation.Parse(text).Should().BeNull();

    [Fact]
    public void TokenThatReadsLikeAUser_IsNotThatUser() => OfToken("alice").Should().NotBe(Revocation.OfUser("alice"));

    [Fact]
    public void User_IsTheOneOfItsContext() =>
        Revocation.OfUser("alice").Should().Be(Revocation.OfUserHash(new UserContext("alice", null, [], [], null, null).KeyHash));

    private static Revocation OfToken(string token)
    {
        Span<char> key = stackalloc char[TokenCache.KeyLength];
        TokenCache.MakeKey(token, key);
        return Revocation.OfKey(key);
    }
}
