using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;

namespace Gateway.Core.Reception;

/// <summary>Is there room for one more? 503 at once when there is not, since what would wait costs memory and makes all the others late. Stands
/// behind the health endpoints, which always answer.</summary>
/// <param name="next">All that comes after.</param>
/// <param name="places">Of the whole gateway.</param>
/// <param name="limit">How many there are now.</param>
/// <param name="options">How many there are at the most.</param>
internal sealed class OverloadGuard(GatewayStep next, Places places, OverloadLimit limit, OverloadOptions options)
{
    internal static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private const int Fewest = 1_000, Most = 100_000;

    /// <summary>What a request may need in bytes, with its two connections, their buffers and a body that is kept.</summary>
    private const int PerRequest = 64 << 10;

    private readonly int _most = MostOf(options);

    /// <summary>If nothing else is said, as many as the memory of this process, or of its container, has room for.</summary>
    public static int MostOf(OverloadOptions options) =>
        options.MaxRequests ?? (int)Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / PerRequest, Fewest, Most);

    public Task InvokeAsync(GatewayContext context)
    {
        if (!places.TryEnter(limit.Of(_most)))
        {
            return context.Refuse(GatewayError.Overloaded, "The gateway has as many requests as it takes at a time.", RetryAfter);
        }

        context.Place = places;
        return next(context);
    }
}
