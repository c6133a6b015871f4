using Gateway.Core.Context;

namespace Gateway.Tests.Context;

public sealed class UserContextTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("u1")]
    [InlineData("auth0|5f7c8ec7c33c6c004bbafe82")]
    [InlineData("Ada Lovelace")]
    [InlineData("!~")]
    public void VisibleAsciiWithInnerSpaces_CanStandInHeaders(string value)
    {
        UserContext.CanStandInHeaders(value, [value], value).Should().BeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData(" u1")]
    [InlineData("u1 ")]
    [InlineData("u1\r\nX-User-Roles: admin")]
    [InlineData("u\t1")]
    [InlineData("u\u007f")]
    [InlineData("jos\u00e9")]
    public void AnythingElse_CannotStandInHeaders(string? value)
    {
        UserContext.CanStandInHeaders(value, [], null).Should().BeFalse();
        UserContext.CanStandInHeaders("u1", ["user", value], null).Should().BeFalse();
        if (value is not null)
        {
            UserContext.CanStandInHeaders("u1", [], value).Should().BeFalse();
        }
    }

    [Fact]
    public void RoleWithComma_CannotStandInHeaders_SinceItWouldBeTwoRoles()
    {
        UserContext.CanStandInHeaders("u1", ["user,admin"], null).Should().BeFalse();
        UserContext.CanStandInHeaders("u1,u2", ["user"], "a,b").Should().BeTrue("only roles are a list");
    }

    [Fact]
    public void EndingBy_KeepsTheEarlierEnd()
    {
        UserContext user = Ending(Noon);

        user.EndingBy(null).Should().BeSameAs(user);
        user.EndingBy(Noon.AddSeconds(1)).Should().BeSameAs(user);
        user.EndingBy(Noon.AddSeconds(-1)).ExpiresAt.Should().Be(Noon.AddSeconds(-1));
        Ending(null).EndingBy(Noon).ExpiresAt.Should().Be(Noon);
    }

    [Fact]
    public void EndingBy_ChangesNothingElse()
    {
        UserContext user = Ending(null);

        user.EndingBy(Noon).Should().BeEquivalentTo(user, options => options.Excluding(u => u.ExpiresAt));
    }

    private static UserContext Ending(DateTimeOffset? end) => new("u1", "u1@example.com", ["user"], ["read"], "gold", end);
}
