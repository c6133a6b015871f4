using System.Text.Json.Serialization;
using Gateway.Host.Configuration;

namespace Gateway.Host.Admin;

/// <summary>One value that counts.</summary>
/// <param name="Key">With colons.</param>
/// <param name="Value">As it would be written in a file; secrets are not told.</param>
/// <param name="Origin">Where it was written, or <c>default</c>.</param>
internal sealed record ConfigurationValue(string Key, string Value, string Origin);

/// <summary>What <c>GET /admin/v1/config</c> tells, and <c>GET /admin/v1/routes/{name}</c> of what one route goes by.</summary>
internal sealed record ConfigurationList(string? Name, int Generation, IReadOnlyList<ConfigurationValue> Values);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConfigurationList))]
internal sealed partial class ConfigurationListJson : JsonSerializerContext;

/// <summary>Tells every value in force and where it comes from.</summary>
/// <param name="inForce">The configuration; the same object until another is.</param>
/// <param name="generation">Which one that is.</param>
internal sealed class ConfigurationEndpoint(Func<HostConfiguration> inForce, Func<int> generation)
{
    public Task AllAsync(HttpContext http) => WriteAsync(http, null, EffectiveConfiguration.Of(inForce()).Values);

    public Task RouteAsync(HttpContext http, string name)
    {
        HostConfiguration configuration = inForce();
        return configuration.Gateway.Routes.ContainsKey(name)
            ? WriteAsync(http, name, EffectiveConfiguration.Of(configuration).OfRoute(name))
            : AdminProblem.Of(StatusCodes.Status404NotFound, "There is no route of this name; GET /admin/v1/routes lists them.").WriteAsync(http);
    }

    private Task WriteAsync(HttpContext http, string? name, IReadOnlyList<EffectiveValue> values) => AdminAnswer.WriteAsync(
        http,
        new ConfigurationList(name, generation(), [.. values.Select(static value => new ConfigurationValue(value.Key, value.Value, value.OriginText))]),
        ConfigurationListJson.Default.ConfigurationList);
}
