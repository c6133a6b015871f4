using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Authentication;

public sealed class TokenResultTests
{
    [Fact]
    public void Valid_HasItsUser()
    {
        UserContext user = Given.User();
        var result = TokenResult.Valid(user);
        (result.IsValid, result.Verdict, result.User).Should().Be((true, TokenVerdict.Valid, user));
    }

    [Fact]
    public void Invalid_HasNoUser() =>
        (TokenResult.Invalid.IsValid, TokenResult.Invalid.Verdict, TokenResult.Invalid.User).Should().Be((false, TokenVerdict.Invalid, null));

    /// <summary>Whatever is forgotten must not let anyone in, nor be taken for the token's fault.</summary>
    [Fact]
    public void ValueThatNobodySet_IsUnknown()
    {
        default(TokenResult).Should().Be(TokenResult.Unknown);
        (TokenResult.Unknown.IsValid, TokenResult.Unknown.Verdict, TokenResult.Unknown.User).Should().Be((false, TokenVerdict.Unknown, null));
    }
}
