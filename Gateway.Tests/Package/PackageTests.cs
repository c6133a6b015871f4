using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using Gateway.Core;

namespace Gateway.Tests.Package;

/// <summary>What the packed library holds.</summary>
public sealed class PackageTests(PackedFeed feed) : IClassFixture<PackedFeed>
{
    [Fact]
    public void Package_HasTheLibraryItsCommentsReadmeAndLicence()
    {
        using ZipArchive package = ZipFile.OpenRead(feed.PackageFile);
        package.Entries.Select(static entry => entry.FullName).Should().Contain(
            ["lib/net10.0/Gateway.Core.dll", "lib/net10.0/Gateway.Core.xml", "README.md", "LICENSE", "Gateway.Core.nuspec"]);

        XElement metadata = Xml(package, "Gateway.Core.nuspec").Root!.Elements().Single();
        string? Of(string name) => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
        (Of("id"), Of("readme"), Of("license")).Should().Be(("Gateway.Core", "README.md", "LICENSE"));
        metadata.Descendants().Where(static element => element.Name.LocalName == "dependency").Select(static element => element.Attribute("id")!.Value)
            .Should().Equal(["Microsoft.IdentityModel.JsonWebTokens"], "all else comes with the shared framework");
        metadata.Descendants().Single(static element => element.Name.LocalName == "frameworkReference").Attribute("name")!.Value.Should().Be("Microsoft.AspNetCore.App");
    }

    [Fact]
    public void EveryPublicTypeAndMember_HasAComment()
    {
        using ZipArchive package = ZipFile.OpenRead(feed.PackageFile);
        HashSet<string> commented = [.. Xml(package, "lib/net10.0/Gateway.Core.xml").Descendants("member").Select(static member => member.Attribute("name")!.Value)];
        foreach (Type type in typeof(GatewayPipeline).Assembly.GetExportedTypes().Where(static type => !type.IsNested))
        {
            commented.Should().Contain($"T:{type.FullName}");
            foreach (System.Reflection.PropertyInfo property in type.GetProperties(
                System.Reflection.BindingFlags.DeclaredOnly | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Static))
            {
                // A record's positional ones are commented as parameters of its type.
                bool isPositional = type.GetConstructors().Any(one => one.GetParameters().Any(parameter => parameter.Name == property.Name));
                (isPositional || commented.Contains($"P:{type.FullName}.{property.Name}")).Should().BeTrue("{0}.{1} needs its comment", type.Name, property.Name);
            }
        }
    }

    [Fact]
    public void Symbols_CarryTheSources_UnderNamesOfNoMachine()
    {
        using ZipArchive symbols = ZipFile.OpenRead(Path.ChangeExtension(feed.PackageFile, ".snupkg"));
        using var content = new MemoryStream();
        using (Stream entry = symbols.GetEntry("lib/net10.0/Gateway.Core.pdb")!.Open())
        {
            entry.CopyTo(content);
        }

        content.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(content);
        MetadataReader reader = provider.GetMetadataReader();
        var embedded = new Guid("0E8A571B-6926-466E-B4AD-8AB04611F5FE");
        int sources = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation).Count(one => reader.GetGuid(one.Kind) == embedded);
        sources.Should().BeGreaterThan(150);
    }

    [Fact]
    public void Library_IsBuiltDeterministically()
    {
        using FileStream file = File.OpenRead(typeof(GatewayPipeline).Assembly.Location);
        using var library = new PEReader(file);
        library.ReadDebugDirectory().Should().Contain(static entry => entry.Type == DebugDirectoryEntryType.Reproducible);
    }

    private static XDocument Xml(ZipArchive package, string name)
    {
        using Stream content = package.GetEntry(name)!.Open();
        return XDocument.Load(content);
    }
}
