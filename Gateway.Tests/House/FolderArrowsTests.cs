using System.Text.RegularExpressions;

namespace Gateway.Tests.House;

/// <summary>Who may know whom in Gateway.Core. Arrows point one way, and stages never use each other.</summary>
public sealed class FolderArrowsTests
{
    /// <summary>From the ground up: a folder may use those on the lines above its own, and none beside or below.</summary>
    private static readonly string[][] Layers =
    [
        ["Errors"],
        ["Telemetry"],
        ["Resilience"],
        ["Backends"],
        ["Context"],
        ["Reception", "Tracing", "Cors", "Authentication", "RateLimiting", "Routing", "LoadBalancing", "Proxying", "Responses"],
    ];

    /// <summary>What stands above the root: the ways by which an application gets to it. Each may use the root, all layers and those before it.</summary>
    private static readonly string[] Above = ["Configuration", "Serving", "Testing", "Embedding"];

    /// <summary>Extension methods stand where those who use them look, in the namespace of what they extend.</summary>
    private static readonly Dictionary<string, string> Extends = new()
    {
        ["Gateway.Core/Embedding/GatewayApplicationExtensions.cs"] = "Microsoft.AspNetCore.Builder",
        ["Gateway.Core/Embedding/GatewayPolicies.cs"] = "Microsoft.AspNetCore.Builder",
        ["Gateway.Core/Embedding/GatewayServerExtensions.cs"] = "Microsoft.AspNetCore.Hosting",
        ["Gateway.Core/Embedding/GatewayServiceExtensions.cs"] = "Microsoft.Extensions.DependencyInjection",
    };

    /// <summary>The root's types, which only the root may use; they need no 'using' inside Gateway.Core.</summary>
    private static readonly string[] RootTypes =
    [
        .. Repository.Sources("Gateway.Core").Where(static file => Folder(file).Length == 0)
            .Select(static file => Path.GetFileNameWithoutExtension(file)),
    ];

    /// <summary>Uses against the arrows that are meant, with the reason. An entry that is no longer needed fails the test.</summary>
    private static readonly Dictionary<string, string> Meant = new()
    {
        ["Gateway.Core/Context/GatewayRouteOptions.cs uses GatewayOptions"] =
            "a route is valid only beside the services and limits that it names, and those are the whole options",
    };

    [Fact]
    public void Folders_AreAllInTheOrder()
    {
        Repository.Sources("Gateway.Core").Select(Folder).Where(static folder => folder.Length > 0).Distinct().Should()
            .BeSubsetOf(Layers.SelectMany(static layer => layer).Concat(Above), "a new folder needs its place in the order");
    }

    [Fact]
    public void Arrows_PointOneWay()
    {
        Repository.Sources("Gateway.Core").SelectMany(static file => UsesAgainstTheArrows(file, Repository.Read(file))).Should()
            .BeEquivalentTo(Meant.Keys, "nothing else is meant, and what is no longer needed goes from the list");
    }

    [Theory]
    [InlineData("Routing/X.cs", "using Gateway.Core.Authentication;", "Authentication")]
    [InlineData("Routing/X.cs", "Gateway.Core.Proxying.BodyCopier c;", "Proxying")]
    [InlineData("Routing/X.cs", "Authentication.TokenCache cache;", "Authentication")]
    [InlineData("Routing/X.cs", "GatewayOptions options;", "GatewayOptions")]
    [InlineData("Backends/X.cs", "using Gateway.Core.Context;", "Context")]
    [InlineData("Errors/X.cs", "using Gateway.Core.Telemetry;", "Telemetry")]
    [InlineData("Proxying/X.cs", "using Gateway.Core.Serving;", "Serving")]
    [InlineData("Configuration/X.cs", "using Gateway.Core.Embedding;", "Embedding")]
    [InlineData("Resilience/X.cs", "using T = Gateway.Core.Backends.ServiceHealth;", "Backends")]
    public void UseAgainstTheArrows_IsFound(string file, string code, string used)
    {
        UsesAgainstTheArrows("Gateway.Core/" + file, code).Should().Equal($"Gateway.Core/{file} uses {used}");
    }

    [Theory]
    [InlineData("Routing/X.cs", "using Gateway.Core.Context; using Gateway.Core.Errors; using Gateway.Core.Routing;")]
    [InlineData("Routing/X.cs", "// Authentication.TokenCache\n/* GatewayOptions */ string s = \"Cors.Policy\";")]
    [InlineData("Routing/X.cs", "context.Http.Request.Cors.Add(route.Context.Errors); options.Authentication.Mode = 1;")]
    [InlineData("Embedding/X.cs", "using Gateway.Core.Configuration; GatewayPipeline p;")]
    [InlineData("GatewayPipeline.cs", "using Gateway.Core.Authentication; Proxying.Forwarder f; GatewayOptions o;")]
    public void UseAlongTheArrows_IsFine(string file, string code) => UsesAgainstTheArrows("Gateway.Core/" + file, code).Should().BeEmpty();

    [Theory]
    [InlineData("Gateway.Core", "Gateway.Core")]
    [InlineData("Gateway.Host", "Gateway.Host")]
    [InlineData("Gateway.Tests", "Gateway.Tests")]
    [InlineData("Gateway.Benchmarks", "Gateway.Benchmarks")]
    public void Namespace_IsTheFolder(string project, string root)
    {
        foreach (string file in Repository.Sources(project))
        {
            Match declared = Regex.Match(CodeText.Strip(Repository.Read(file)), @"^namespace ([\w.]+);", RegexOptions.Multiline);
            string folder = Path.GetDirectoryName(file[(project.Length + 1)..])!.Replace('\\', '/').Replace('/', '.');
            string expected = folder.Length == 0 ? root : $"{root}.{folder}";
            if (declared.Success || !file.EndsWith("/Program.cs", StringComparison.Ordinal))
            {
                declared.Groups[1].Value.Should().Be(Extends.GetValueOrDefault(file, expected), "{0} stands in that folder", file);
            }
        }
    }

    private static IEnumerable<string> UsesAgainstTheArrows(string file, string source)
    {
        string folder = Folder(file);
        string code = CodeText.Strip(source);
        if (Array.IndexOf(Above, folder) is >= 0 and int above)
        {
            return Above.Skip(above + 1).Where(other => Uses(code, other)).Select(other => $"{file} uses {other}");
        }

        int own = Array.FindIndex(Layers, layer => layer.Contains(folder));
        if (own < 0)
        {
            return [];
        }

        IEnumerable<string> forbidden = Layers.Skip(own).SelectMany(static layer => layer).Where(other => other != folder).Concat(Above)
            .Where(other => Uses(code, other))
            .Concat(RootTypes.Append("GatewayOptions").Distinct().Where(type => Regex.IsMatch(code, $@"\b{type}\b")));
        return forbidden.Select(other => $"{file} uses {other}");
    }

    private static bool Uses(string code, string other) =>
        Regex.IsMatch(code, $@"(\bGateway\.Core\.|(?<![.\w])){other}\.[A-Z]|\bGateway\.Core\.{other}\s*;");

    /// <summary>The folder under Gateway.Core; empty for the root's files.</summary>
    private static string Folder(string file)
    {
        string[] parts = file.Split('/');
        return parts.Length > 2 ? parts[1] : "";
    }
}
