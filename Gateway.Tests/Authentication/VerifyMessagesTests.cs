using System.Text.Json;
using Gateway.Core.Authentication;

namespace Gateway.Tests.Authentication;

public sealed class VerifyMessagesTests
{
    [Theory]
    [InlineData("abc.def", """{"token":"abc.def"}""")]
    [InlineData("a\"},{\"x", """{"token":"a\u0022},{\u0022x"}""")]
    public void Question_IsWrittenAsJson(string token, string json) =>
        JsonSerializer.Serialize(new VerifyRequest(token), VerifyJson.Default.VerifyRequest).Should().Be(json);

    [Fact]
    public void Answer_IsReadByTheContractsNames()
    {
        VerifyAnswer answer = Read("""
            {"user_id":"u1","email":"a@b.c","roles":["admin"],"scopes":["read","write"],"tier":"gold","expires_at":1893456000,"more":{}}
            """);

        (answer.UserId, answer.Email, answer.Tier, answer.ExpiresAt).Should().Be(("u1", "a@b.c", "gold", 1_893_456_000L));
        answer.Roles.Should().Equal("admin");
        answer.Scopes.Should().Equal("read", "write");
    }

    [Fact]
    public void MissingMembers_AreNull()
    {
        VerifyAnswer answer = Read("{}");
        (answer.UserId, answer.Email, answer.Roles, answer.Scopes, answer.Tier, answer.ExpiresAt).Should().Be((null, null, null, null, null, null));
    }

    [Theory]
    [InlineData("""{"user_id":"a","user_id":"b"}""")]
    [InlineData("""{"user_id":"a","roles":["x"],"roles":["admin"]}""")]
    [InlineData("""{"expires_at":"soon"}""")]
    [InlineData("""{"roles":"admin"}""")]
    [InlineData("""{"user_id":1}""")]
    [InlineData("{")]
    public void AnswerThatIsMalformed_IsNotRead(string json) => FluentActions.Invoking(() => Read(json)).Should().Throw<JsonException>();

    private static VerifyAnswer Read(string json) => JsonSerializer.Deserialize(json, VerifyJson.Default.VerifyAnswer)!;
}
