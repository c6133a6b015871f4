namespace Gateway.Tests.Kit;

/// <summary>What a <see cref="OpenLoad"/> sends.</summary>
/// <param name="Method">POST and PUT carry content.</param>
/// <param name="Token">Bearer token; null for none.</param>
internal readonly record struct LoadRequest(HttpMethod Method, string? Token = null)
{
    public static LoadRequest Get => new(HttpMethod.Get);
}
