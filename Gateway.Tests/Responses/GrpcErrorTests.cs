using Gateway.Core.Errors;
using Gateway.Core.Responses;

namespace Gateway.Tests.Responses;

public sealed class GrpcErrorTests
{
    [Theory]
    [InlineData(400, 13)]
    [InlineData(401, 16)]
    [InlineData(403, 7)]
    [InlineData(404, 12)]
    [InlineData(405, 12)]
    [InlineData(408, 4)]
    [InlineData(413, 8)]
    [InlineData(414, 8)]
    [InlineData(429, 8)]
    [InlineData(431, 8)]
    [InlineData(499, 1)]
    [InlineData(500, 13)]
    [InlineData(502, 14)]
    [InlineData(503, 14)]
    [InlineData(504, 4)]
    [InlineData(418, 2)]
    public void Status_HasItsCode(int status, int code) => GrpcError.CodeFor(status).Should().Be(code);

    [Fact]
    public void EveryError_HasACodeOfItsOwnMeaning()
    {
        foreach (GatewayError error in Enum.GetValues<GatewayError>().Where(static error => error != GatewayError.None))
        {
            GrpcError.CodeFor(error.Row().Status).Should().NotBe(2, "{0} is known", error);
        }
    }

    [Theory]
    [InlineData("plain: text, with 1 'quote'", "plain: text, with 1 'quote'")]
    [InlineData("100%", "100%25")]
    [InlineData("a\r\nb", "a%0D%0Ab")]
    [InlineData("tëxt", "t%C3%ABxt")]
    [InlineData("del\x7f", "del%7F")]
    public void Message_IsPercentEncoded(string message, string encoded) => GrpcError.Encoded(message).Should().Be(encoded);
}
