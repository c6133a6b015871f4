using Gateway.Core.Errors;
using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class AdminOptionsTests
{
    [Theory]
    [InlineData("http://127.0.0.1:9100", "127.0.0.1:9100")]
    [InlineData("http://127.0.0.1:0/", "127.0.0.1:0")]
    [InlineData("http://localhost:80", "127.0.0.1:80")]
    [InlineData("HTTP://[::1]:65535", "[::1]:65535")]
    [InlineData("http://0.0.0.0:1", "0.0.0.0:1")]
    public void Url_IsAnAddressAndAPort(string url, string endpoint) => AdminOptions.ParseUrl(url)!.ToString().Should().Be(endpoint);

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:9100")]
    [InlineData("https://127.0.0.1:9100")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://[::1]")]
    [InlineData("http://::1:80")]
    [InlineData("http://[127.0.0.1]:80")]
    [InlineData("http://:80")]
    [InlineData("http://*:80")]
    [InlineData("http://admin.example:80")]
    [InlineData("http://127.0.0.1:65536")]
    [InlineData("http://127.0.0.1:-1")]
    [InlineData("http://127.0.0.1:80/admin")]
    public void OtherUrl_IsAnError(string url) => Errors(new AdminOptions { Url = url }).Should().ContainSingle()
        .Which.Should().StartWith($"Admin:Url: '{url}' is not an admin address");

    [Fact]
    public void AddressThatOthersReach_NeedsATokenFile()
    {
        Errors(new AdminOptions { Url = "http://0.0.0.0:9100" }).Should().Equal(
            "Admin:Url: 'http://0.0.0.0:9100' can be reached from other machines, so Admin:TokenFile must be set");
        ErrorsWithToken("http://0.0.0.0:9100", "0123456789abcdef").Should().BeEmpty();
    }

    [Fact]
    public void LoopbackAddress_NeedsNone() => Errors(new AdminOptions { Url = "http://127.9.9.9:9100" }).Should().BeEmpty();

    [Theory]
    [InlineData("0123456789abcdef")]
    [InlineData("  0123456789abcdef\n")]
    public void TokenOfSixteenCharacters_IsLongEnough(string content) => ErrorsWithToken("http://127.0.0.1:1", content).Should().BeEmpty();

    [Theory]
    [InlineData("", "holds 0 characters; a token needs at least 16")]
    [InlineData("0123456789abcde\n", "holds 15 characters; a token needs at least 16")]
    [InlineData("01234567 89abcdef", "holds more than one line of letters, digits and signs, so no header could carry it")]
    [InlineData("0123456789abcdefü", "holds more than one line of letters, digits and signs, so no header could carry it")]
    public void OtherToken_IsAnError(string content, string problem) =>
        ErrorsWithToken("http://127.0.0.1:1", content).Should().Equal($"Admin:TokenFile: the file 'token' {problem}");

    [Fact]
    public void MissingTokenFile_IsAnError() =>
        Errors(new AdminOptions { TokenFile = "nope" }).Should().Equal("Admin:TokenFile: the file 'nope' does not exist");

    [Fact]
    public void ReadToken_ReturnsItTrimmed()
    {
        using ConfigurationFiles files = new ConfigurationFiles().Write("token", " 0123456789abcdef\r\n");

        AdminOptions.ReadToken(Path.Combine(files.Root, "token"), out _).Should().Be("0123456789abcdef");
    }

    private static string[] ErrorsWithToken(string url, string content)
    {
        using ConfigurationFiles files = new ConfigurationFiles().Write("token", content);
        return Errors(new AdminOptions { Url = url, TokenFile = "token" }, files.Root);
    }

    private static string[] Errors(AdminOptions options, string directory = "/nowhere")
    {
        var errors = new OptionErrors();
        options.Validate("Admin", directory, errors);
        return [.. errors.All.Select(static error => error.ToString())];
    }
}
