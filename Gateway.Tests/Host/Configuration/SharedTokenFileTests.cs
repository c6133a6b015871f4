using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Errors;
using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class SharedTokenFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void SecretOf32Bytes_IsRead()
    {
        byte[] secret = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];
        File.WriteAllBytes(Path.Combine(_folder, "key"), secret);
        SharedTokenFile.Read(Path.Combine(_folder, "key"), out string? problem).Should().Equal(secret);
        problem.Should().BeNull();
        ErrorsOf(new SharedTokenOptions { Redis = "redis:6379", KeyFile = "key" }).Should().BeEmpty();
    }

    [Theory]
    [InlineData(31, "S:KeyFile: the file 'key' holds 31 bytes; a secret needs at least 32")]
    [InlineData(0, "S:KeyFile: the file 'key' holds 0 bytes; a secret needs at least 32")]
    [InlineData(4097, "S:KeyFile: the file 'key' is larger than 4096 bytes")]
    [InlineData(-1, "S:KeyFile: the file 'key' does not exist")]
    public void FileThatIsNoSecret_IsAProblem(int bytes, string problem)
    {
        if (bytes >= 0)
        {
            File.WriteAllBytes(Path.Combine(_folder, "key"), new byte[bytes]);
        }

        ErrorsOf(new SharedTokenOptions { Redis = "redis:6379", KeyFile = "key" }).Should().Equal(problem);
        var options = new SharedTokenOptions { Redis = "redis:6379", KeyFile = Path.Combine(_folder, "key") };
        FluentActions.Invoking(() => SharedTokenFile.Connect(options)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void AddressThatIsMalformed_IsAProblem() =>
        ErrorsOf(new SharedTokenOptions { Redis = "redis:6379,pasword=x" }).Should().ContainSingle().Which.Should().StartWith("S:Redis: has an option").And.NotContain("pasword=x");

    [Fact]
    public void RelativeFile_IsFoundFromAnywhere()
    {
        var options = new GatewayOptions { Auth = new AuthOptions { Shared = new SharedTokenOptions { KeyFile = "key" } } };
        SharedTokenFile.Resolve(options, _folder).Auth.Shared.KeyFile.Should().Be(Path.Combine(_folder, "key"));
        var none = new GatewayOptions();
        SharedTokenFile.Resolve(none, _folder).Should().BeSameAs(none);
    }

    private List<string> ErrorsOf(SharedTokenOptions options)
    {
        var errors = new OptionErrors();
        SharedTokenFile.Validate("S", options, _folder, errors);
        return [.. errors.All.Select(static error => error.ToString())];
    }
}
