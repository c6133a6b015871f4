using System.Text.Json;
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
    private readonly OncePerConfiguration<EffectiveConfiguration> _values = new(inForce, EffectiveConfiguration.Of);

    /// <summary>The whole is megabytes for thousands of routes: written once.</summary>
    private readonly OncePerConfiguration<byte[]> _all = new(inForce, configuration => Write(null, generation(), EffectiveConfiguration.Of(configuration).Values));

    public async Task AllAsync(HttpContext http) => await AdminAnswer.WriteAsync(http, await _all.GetAsync());

    public async Task RouteAsync(HttpContext http, string name)
    {
        if ((await _values.GetAsync()).OfRoute(name) is not { } values)
        {
            await AdminProblem.Of(StatusCodes.Status404NotFound, "There is no route of this name; GET /admin/v1/routes lists them.").WriteAsync(http);
            return;
        }

        await AdminAnswer.WriteAsync(http, Write(name, generation(), values));
    }

    private static byte[] Write(string? name, int generation, IReadOnlyList<EffectiveValue> values) => JsonSerializer.SerializeToUtf8Bytes(
        new ConfigurationList(name, generation, [.. values.Select(static value => new ConfigurationValue(value.Key, value.Value, value.OriginText))]),
        ConfigurationListJson.Default.ConfigurationList);
}
