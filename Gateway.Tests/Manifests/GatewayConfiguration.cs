extern alias Manifests;
using Gateway.Core;
using Gateway.Host.Configuration;
using Gateway.Tests.Kit;
using Manifests::k8s.Models;

namespace Gateway.Tests.Manifests;

/// <summary>The gateway's own configuration, as the ConfigMap has it.</summary>
internal static class GatewayConfiguration
{
    public const string FileName = "gateway.json";

    public static V1ConfigMap ConfigMap { get; } = ManifestSet.OfBase().Of<V1ConfigMap>().Single();

    public static string Json { get; } = ConfigMap.Data[FileName];

    public static GatewayOptions Options { get; } = Load();

    private static GatewayOptions Load()
    {
        LoadedConfiguration loaded = ConfigurationFiles.Load(Json);
        loaded.Problems.Should().BeEmpty();
        return loaded.Configuration!.Gateway;
    }
}
