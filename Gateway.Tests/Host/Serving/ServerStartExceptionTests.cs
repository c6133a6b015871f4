using Gateway.Host.Configuration;
using Gateway.Host.Serving;
using Microsoft.Extensions.Configuration;

namespace Gateway.Tests.Host.Serving;

public sealed class ServerStartExceptionTests
{
    private static readonly Exception Taken = new IOException(
        "Failed to bind to address http://127.0.0.1:8080: address already in use.", new InvalidOperationException("Address already in use"));

    [Fact]
    public void AdminAddress_IsNamedWithItsKey()
    {
        var failure = ServerStartException.OfAdmin(new AdminOptions { Url = "http://127.0.0.1:9100" }, Taken);

        failure.Key.Should().Be("Gateway:Admin:Url");
        failure.Message.Should().Be("Gateway:Admin:Url: could not start on http://127.0.0.1:9100: Address already in use");
    }

    [Fact]
    public void OnlyEndpoint_IsToBlameHoweverKestrelWritesItsAddress()
    {
        var failure = ServerStartException.OfPublic(Endpoints(("Public", "http://*:8080")), Taken);

        failure.Key.Should().Be("Kestrel:Endpoints:Public:Url");
        failure.Message.Should().Be("Kestrel:Endpoints:Public:Url: could not start on http://*:8080: Address already in use");
    }

    [Fact]
    public void OfSeveralEndpoints_TheOneThatKestrelNamesIsToBlame() =>
        ServerStartException.OfPublic(Endpoints(("A", "http://127.0.0.1:80"), ("B", "http://127.0.0.1:8080")), Taken).Key
            .Should().Be("Kestrel:Endpoints:B:Url");

    [Fact]
    public void OfSeveralEndpoints_AllAreNamedWhenNobodyKnows()
    {
        var failure = ServerStartException.OfPublic(Endpoints(("A", "http://*:80"), ("B", "http://*:81")), Taken);

        failure.Key.Should().Be("Kestrel:Endpoints");
        failure.Message.Should().Be("Kestrel:Endpoints: could not start on http://*:80, http://*:81: Address already in use");
    }

    [Fact]
    public void AdviceBelowTheCause_IsLeftOut() =>
        ServerStartException.OfPublic(Endpoints(("A", "https://*:443")), new InvalidOperationException("No certificate.\r\nRun this and that.")).Message
            .Should().EndWith("could not start on https://*:443: No certificate");

    [Fact]
    public void FileThatIsUnusable_IsNamedWithItsKey()
    {
        var failure = ServerStartException.OfFile("Gateway:Admin:TokenFile", "/run/token", "does not exist");
        (failure.Key, failure.Message).Should().Be(("Gateway:Admin:TokenFile", "Gateway:Admin:TokenFile: the file '/run/token' does not exist"));
    }

    [Fact]
    public void PartThatCannotBeMade_BlamesNoAddress()
    {
        var failure = ServerStartException.OfParts(new InvalidOperationException("It cannot be."));
        (failure.Key, failure.Message).Should().Be(("Gateway", "Gateway: could not be put in force: It cannot be"));
    }

    private static IConfiguration Endpoints(params (string Name, string Url)[] endpoints) => new ConfigurationBuilder().AddInMemoryCollection(
        endpoints.Select(static one => new KeyValuePair<string, string?>($"Endpoints:{one.Name}:Url", one.Url))).Build();
}
