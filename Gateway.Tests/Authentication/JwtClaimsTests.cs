using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Gateway.Core.Authentication;
using Gateway.Core.Context;

namespace Gateway.Tests.Authentication;

public sealed class JwtClaimsTests
{
    private static readonly DateTimeOffset End = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Claims_BecomeTheUser()
    {
        UserContext user = Read(
            """{"sub":"u1","email":"u1@example.com","roles":["user","admin"],"scope":"read write","tier":"gold","iss":"x"}""")!;

        user.Should().BeEquivalentTo(new UserContext("u1", "u1@example.com", ["user", "admin"], ["read", "write"], "gold", End));
    }

    [Theory]
    [InlineData("\"roles\":[\"admin\"]")]
    [InlineData("\"roles\":\"admin\"")]
    [InlineData("\"role\":\"admin\"")]
    [InlineData("\"role\":[\"admin\"]")]
    [InlineData("\"roles\":[\"admin\",7,null]")]
    [InlineData("\"roles\":[\"admin\"],\"role\":\"other\"")]
    public void Roles_AreAListOrOneString(string claim)
    {
        Read($$"""{"sub":"u1",{{claim}}}""")!.Roles.Should().Equal("admin");
    }

    [Theory]
    [InlineData("\"scope\":\"read write\"")]
    [InlineData("\"scope\":\" read  write \"")]
    [InlineData("\"scp\":[\"read\",\"write\"]")]
    [InlineData("\"scp\":\"read write\"")]
    [InlineData("\"scopes\":[\"read\",\"write\"]")]
    [InlineData("\"scope\":\"read write\",\"scp\":[\"other\"]")]
    public void Scopes_AreAListOrSeparatedBySpaces(string claim)
    {
        Read($$"""{"sub":"u1",{{claim}}}""")!.Scopes.Should().Equal("read", "write");
    }

    [Theory]
    [InlineData("{\"sub\":\"u1\"}")]
    [InlineData("{\"sub\":\"u1\",\"roles\":{\"a\":1},\"scope\":7,\"tier\":3,\"email\":[]}")]
    [InlineData("{\"sub\":\"u1\",\"roles\":\"\",\"scope\":\"\",\"tier\":\"\",\"email\":\"\"}")]
    public void ClaimsThatAreMissingEmptyOrOfAnotherKind_CountAsAbsent(string payload)
    {
        Read(payload).Should().BeEquivalentTo(new UserContext("u1", null, [], [], null, End));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"sub\":\"\"}")]
    [InlineData("{\"sub\":7}")]
    [InlineData("{\"sub\":\"u1\\r\\nX-User-Roles: admin\"}")]
    [InlineData("{\"sub\":\"u1\",\"roles\":[\"a,b\"]}")]
    [InlineData("{\"sub\":\"u1\",\"tier\":\"\\u0000\"}")]
    public void PayloadWithoutAUserThatCanStandInHeaders_IsNoUser(string payload)
    {
        Read(payload).Should().BeNull();
    }

    [Fact]
    public void ClaimThatStandsTwice_Throws()
    {
        FluentActions.Invoking(() => Read("""{"sub":"u1","sub":"u2"}""")).Should().Throw<JsonException>();
    }

    private static UserContext? Read(string payload) => JwtClaims.Read(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload)), End);
}
