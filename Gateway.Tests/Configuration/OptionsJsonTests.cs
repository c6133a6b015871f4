using System.Text.Json.Serialization.Metadata;
using Gateway.Core;
using Gateway.Core.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class OptionsJsonTests
{
    [Fact]
    public void EveryRecord_HasDefaults_AndEveryValueATypeThatCanBeRead()
    {
        var seen = new HashSet<Type>();
        Visit(OptionsJson.Types.Json.GetTypeInfo(typeof(GatewayOptions)), seen);
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
            (element == typeof(string) || element == typeof(int) || element.IsEnum || OptionsJson.Types.Json.GetTypeInfo(element).Kind == JsonTypeInfoKind.Object)
                .Should().BeTrue($"a wrong element of {type.Type} must have a placeholder");
            Visit(OptionsJson.Types.Json.GetTypeInfo(element), seen);
            return;
        }

        OptionsJson.Types.Defaults[type.Type].Should().BeOfType(type.Type);
        foreach (JsonPropertyInfo property in type.Properties)
        {
            Visit(OptionsJson.Types.Json.GetTypeInfo(property.PropertyType), seen);
        }
    }
}
