using System.Text.Json.Serialization.Metadata;
using Gateway.Core;
using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class ConfigurationJsonTests
{
    [Theory]
    [InlineData(typeof(GatewayOptions))]
    [InlineData(typeof(HostOptions))]
    [InlineData(typeof(KestrelSettings))]
    public void EveryRecord_HasDefaults_AndEveryValueATypeThatCanBeRead(Type root)
    {
        var seen = new HashSet<Type>();
        Visit(ConfigurationJson.Options.GetTypeInfo(root), seen);
        seen.Should().NotBeEmpty();
    }

    private static void Visit(JsonTypeInfo type, HashSet<Type> seen)
    {
        if (type.Kind == JsonTypeInfoKind.None)
        {
            Type value = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
            (value.IsEnum || new[] { typeof(string), typeof(bool), typeof(int), typeof(long), typeof(double), typeof(TimeSpan) }.Contains(value))
                .Should().BeTrue($"{value} must be readable");
            return;
        }

        if (!seen.Add(type.Type))
        {
            return;
        }

        if (type.ElementType is { } element)
        {
            (element == typeof(string) || element == typeof(int) || element.IsEnum || ConfigurationJson.Options.GetTypeInfo(element).Kind == JsonTypeInfoKind.Object)
                .Should().BeTrue($"a wrong element of {type.Type} must have a placeholder");
            Visit(ConfigurationJson.Options.GetTypeInfo(element), seen);
            return;
        }

        ConfigurationJson.DefaultsOf(type.Type).Should().BeOfType(type.Type);
        foreach (JsonPropertyInfo property in type.Properties)
        {
            Visit(ConfigurationJson.Options.GetTypeInfo(property.PropertyType), seen);
        }
    }
}
