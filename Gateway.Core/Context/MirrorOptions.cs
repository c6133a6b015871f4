using System.Globalization;
using Gateway.Core.Backends;
using Gateway.Core.Errors;

namespace Gateway.Core.Context;

/// <summary>
/// Sends copies of a route's requests to another service and throws its answers away. The copy leaves when the gateway has the whole request; the
/// request itself never waits for it, and never fails because of it. WebSockets and other upgrades, and gRPC calls, are not copied. What the
/// service that gets the copies has set for itself counts for them: timeouts, circuit, limits, health checks; a copy is sent once.
/// </summary>
public sealed record MirrorOptions
{
    internal const double MaxPercent = 100;
    internal const int MaxBody = 1 << 20, MaxMaxConcurrent = 10_000;

    /// <summary>Name of the service that gets the copies; none that answers the route's requests. Required.</summary>
    public string Service { get; init; } = "";

    /// <summary>Share of the requests that are copied, drawn at random. Percent, 0–100; default 100.</summary>
    public double Percent { get; init; } = MaxPercent;

    /// <summary>Largest request body that is kept for the copy, in memory until it is sent; a request with a longer one is not copied.
    /// Bytes, 0–1,048,576; default 65,536, as for retries.</summary>
    public int MaxBodyBytes { get; init; } = 64 << 10;

    /// <summary>Copies of this route under way at a time; a request beyond is not copied. 1–10,000; default 64.</summary>
    public int MaxConcurrent { get; init; } = 64;

    /// <param name="at">The mirror's key.</param>
    /// <param name="answering">The services that answer the route's requests.</param>
    /// <param name="known">All services.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    internal void Validate(string at, IEnumerable<string> answering, IReadOnlyDictionary<string, ServiceOptions> known, OptionErrors errors)
    {
        if (Service.Length == 0)
        {
            errors.Add($"{at}:{nameof(Service)}", "a mirror needs the name of a service");
        }
        else if (!known.ContainsKey(Service))
        {
            errors.Add($"{at}:{nameof(Service)}", $"there is no service '{Service}'{Suggestion.For(Service, known.Keys)}");
        }
        else if (answering.Contains(Service))
        {
            errors.Add($"{at}:{nameof(Service)}", $"'{Service}' answers the route's requests, so it would get them twice");
        }

        if (!(Percent is >= 0 and <= MaxPercent))
        {
            errors.Add($"{at}:{nameof(Percent)}", string.Create(CultureInfo.InvariantCulture, $"{Percent} is out of range; allowed are 0 to {MaxPercent}"));
        }

        errors.Range($"{at}:{nameof(MaxBodyBytes)}", MaxBodyBytes, 0, MaxBody);
        errors.Range($"{at}:{nameof(MaxConcurrent)}", MaxConcurrent, 1, MaxMaxConcurrent);
    }
}
