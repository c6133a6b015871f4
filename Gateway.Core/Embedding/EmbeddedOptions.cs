using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Embedding;

/// <summary>Where an embedded gateway's options come from.</summary>
/// <param name="Read">Reads them; throws when they cannot be used.</param>
/// <param name="Changes">Tells of the next change; null when there are none.</param>
internal sealed record EmbeddedOptions(Func<IServiceProvider, GatewayOptions> Read, Func<IChangeToken>? Changes);
