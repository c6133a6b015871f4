namespace Gateway.Tests.House;

/// <summary>Rules about files that were never found would hold for ever.</summary>
public sealed class RepositoryTests
{
    [Fact]
    public void Files_AreTheTrackedOnes()
    {
        Repository.Files.Should().Contain(
            ["gateway.sln", ".editorconfig", "Gateway.Core/GatewayOptions.cs", "Gateway.Tests/House/RepositoryTests.cs"]);
        Repository.Files.Should().NotContain(static file => file.Contains("/bin/") || file.Contains("/obj/"));
    }

    [Fact]
    public void Sources_AreAProjectsCode()
    {
        Repository.Sources("Gateway.Core").Should().Contain("Gateway.Core/Routing/Router.cs")
            .And.OnlyContain(static file => file.StartsWith("Gateway.Core/") && file.EndsWith(".cs"));
    }
}
