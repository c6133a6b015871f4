using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Core.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Configuration;

public sealed class ScalarTextTests
{
    [Theory]
    [InlineData("5", typeof(string), "\"5\"")]
    [InlineData("5", typeof(int), "5")]
    [InlineData("-5", typeof(long), "-5")]
    [InlineData("5", typeof(int?), "5")]
    [InlineData("9223372036854775807", typeof(long), "9223372036854775807")]
    [InlineData("1.0", typeof(long), "1")]
    [InlineData("-1e3", typeof(int), "-1000")]
    [InlineData("9007199254740992.0", typeof(long), "9007199254740992")]
    [InlineData("0.5", typeof(double), "0.5")]
    [InlineData("1e3", typeof(double), "1000")]
    [InlineData("True", typeof(bool), "true")]
    [InlineData("false", typeof(bool), "false")]
    [InlineData("00:00:30", typeof(TimeSpan), "\"00:00:30\"")]
    [InlineData("0:0:1.5", typeof(TimeSpan), "\"00:00:01.5000000\"")]
    [InlineData("1.00:00:00", typeof(TimeSpan), "\"1.00:00:00\"")]
    [InlineData("leastconnections", typeof(LoadBalancingPolicy), "\"LeastConnections\"")]
    [InlineData("http1andhttp2", typeof(HttpProtocols?), "\"Http1AndHttp2\"")]
    [InlineData("tls12,Tls13", typeof(SslProtocols), "\"Tls12, Tls13\"")]
    public void Value_IsReadByItsType(string text, Type type, string json) => Write(text, type).Should().Be((json, null));

    [Theory]
    [InlineData("five", typeof(int), "'five' is not a whole number between -2147483648 and 2147483647")]
    [InlineData("2147483648", typeof(int), "'2147483648' is not a whole number between -2147483648 and 2147483647")]
    [InlineData("2147483648.0", typeof(int), "'2147483648.0' is not a whole number between -2147483648 and 2147483647")]
    [InlineData("1e-3", typeof(int), "'1e-3' is not a whole number between -2147483648 and 2147483647")]
    [InlineData("9007199254740994.0", typeof(long), "'9007199254740994.0' is not a whole number between -9223372036854775808 and 9223372036854775807")]
    [InlineData("1.5", typeof(long), "'1.5' is not a whole number between -9223372036854775808 and 9223372036854775807")]
    [InlineData("1e999", typeof(double), "'1e999' is not a number")]
    [InlineData("NaN", typeof(double), "'NaN' is not a number")]
    [InlineData("1,5", typeof(double), "'1,5' is not a number")]
    [InlineData("yes", typeof(bool), "'yes' is neither true nor false")]
    [InlineData("0", typeof(LoadBalancingPolicy), "'0' is not one of RoundRobin, WeightedRoundRobin, LeastConnections, PowerOfTwoChoices")]
    [InlineData("RoundRobin, LeastConnections", typeof(LoadBalancingPolicy),
        "'RoundRobin, LeastConnections' is not one of RoundRobin, WeightedRoundRobin, LeastConnections, PowerOfTwoChoices")]
    [InlineData("RondRobin", typeof(LoadBalancingPolicy),
        "'RondRobin' is not one of RoundRobin, WeightedRoundRobin, LeastConnections, PowerOfTwoChoices; did you mean 'RoundRobin'?")]
    public void WrongValue_IsRefusedWithWhatIsExpected(string text, Type type, string problem) => Write(text, type).Should().Be(("", problem));

    [Theory]
    [InlineData("30", "00:00:30")]
    [InlineData("2 s", "00:00:02")]
    [InlineData("1:30", "00:00:30")]
    [InlineData("24:00:00", "1.00:00:00")]
    public void WrongDuration_IsRefusedWithTheOneMeant(string text, string example) =>
        Write(text, typeof(TimeSpan)).Should().Be(("", $"'{text}' is not a duration; write hh:mm:ss, as in \"{example}\""));

    [Fact]
    public void LongValue_IsQuotedShortened() =>
        Write(new string('x', 10_000), typeof(bool)).Problem.Should().Be($"'{new string('x', 60)}…' is neither true nor false");

    private static (string Json, string? Problem) Write(string text, Type type)
    {
        using var content = new MemoryStream();
        using var json = new Utf8JsonWriter(content);
        string? problem = ScalarText.Write(text, type, json);
        json.Flush();
        return (Encoding.UTF8.GetString(content.ToArray()), problem);
    }
}
