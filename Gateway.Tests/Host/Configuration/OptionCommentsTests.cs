using System.Text.Json.Serialization.Metadata;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class OptionCommentsTests
{
    [Fact]
    public void Comment_IsPlainText() => OptionComments.In("""
        /// <summary>A record.</summary>
        public sealed record Some
        {
            internal const int Most = 5;

            /// <summary>Path of <c>a &lt; b</c>, as <see cref="Other.Name"/> says,
            /// in <see cref="Some"/>.</summary>
            public string? Path { get; init; } = "/x";

            /// <summary>No key.</summary>
            internal string? Hidden { get; init; }

            public IReadOnlyDictionary<string, Some> Without { get; init; }
        }
        """).Should().ContainSingle().Which.Should().Be(KeyValuePair.Create(("Some", "Path"), "Path of a < b, as Name says, in Some."));

    [Fact]
    public void RecordsOfOneFile_AreToldApart()
    {
        OptionComments.Of(typeof(AuthOptions), nameof(AuthOptions.CacheSize)).Should().StartWith("Tokens remembered, valid and invalid. Count, 1–10,000,000");
        OptionComments.Of(typeof(JwtOptions), nameof(JwtOptions.ClockSkew)).Should().StartWith("How far the issuer's clock may be off.");
        OptionComments.Of(typeof(JwtOptions), nameof(AuthOptions.CacheSize)).Should().BeNull();
        OptionComments.Of(typeof(GatewayRouteOptions), nameof(GatewayRouteOptions.Methods)).Should().Contain("GET includes HEAD");
    }

    [Theory]
    [InlineData(typeof(GatewayOptions))]
    [InlineData(typeof(HostOptions))]
    public void EveryKeyOfTheGateway_HasOne(Type root)
    {
        var missing = new List<string>();
        Visit(ConfigurationJson.Options.GetTypeInfo(root), [], missing);
        missing.Should().BeEmpty();
    }

    private static void Visit(JsonTypeInfo type, HashSet<Type> seen, List<string> missing)
    {
        if (type.ElementType is { } element)
        {
            Visit(ConfigurationJson.Options.GetTypeInfo(element), seen, missing);
        }
        else if (type.Kind == JsonTypeInfoKind.Object && seen.Add(type.Type))
        {
            foreach (JsonPropertyInfo property in type.Properties)
            {
                if (OptionComments.Of(type.Type, property.Name) is not { Length: > 0 } comment || comment.Contains('<', StringComparison.Ordinal))
                {
                    missing.Add($"{type.Type.Name}.{property.Name}");
                }

                Visit(ConfigurationJson.Options.GetTypeInfo(property.PropertyType), seen, missing);
            }
        }
    }
}
