using Gateway.Core.Backends;
using Gateway.Core.Errors;

namespace Gateway.Core.Context;

/// <summary>What binds a client to one of the services that a route splits its requests among.</summary>
public enum StickyBy
{
    /// <summary>Nothing: each request is drawn anew.</summary>
    None,

    /// <summary>The user; for an anonymous call the client's address.</summary>
    User,

    /// <summary>The client's address; of an IPv6 address the first 64 bits, which are the subscriber's.</summary>
    Ip,

    /// <summary>The value of <see cref="SplitOptions.Header"/>; for a request without it the client's address.</summary>
    Header,
}

/// <summary>
/// How a route splits its requests among several services, as for a canary. The same client gets the same service for as long as the shares
/// stay, on every gateway, and a share that is raised takes clients from the others and moves nobody else.
/// </summary>
public sealed record SplitOptions
{
    internal const int MaxShare = 1_000_000, MaxServices = 100;

    /// <summary>Services by name, the route's own among them, each with its share of the requests against the others'. 1–100 services; a share is
    /// 0–1,000,000, not all 0. A service with 0 gets only what <see cref="OverrideHeader"/> sends it. Required.</summary>
    public IReadOnlyDictionary<string, int> Services { get; init; } = new Dictionary<string, int>();

    /// <summary>What binds a client to its service. Default None.</summary>
    public StickyBy StickyBy { get; init; }

    /// <summary>Name of the header whose value binds. Required with StickyBy Header, and of no use without; default null.</summary>
    public string? Header { get; init; }

    /// <summary>Name of a header by which a client chooses for itself: a value that names one of the services goes there, any other is ignored.
    /// The header goes on to the service. Null (default): clients have no choice.</summary>
    public string? OverrideHeader { get; init; }

    /// <param name="at">The split's key.</param>
    /// <param name="primary">The route's own service.</param>
    /// <param name="known">All services.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    internal void Validate(string at, string primary, IReadOnlyDictionary<string, ServiceOptions> known, OptionErrors errors)
    {
        string servicesAt = $"{at}:{nameof(Services)}";
        foreach ((string name, int share) in Services)
        {
            if (!known.ContainsKey(name))
            {
                errors.Add($"{servicesAt}:{name}", $"there is no service '{name}'{Suggestion.For(name, known.Keys)}");
            }

            errors.Range($"{servicesAt}:{name}", share, 0, MaxShare);
        }

        if (Services.Count is 0 or > MaxServices)
        {
            errors.Add(servicesAt, $"a split has 1 to {MaxServices} services, this one has {Services.Count}");
        }
        else if (Services.Values.All(static share => share == 0))
        {
            errors.Add(servicesAt, "every share is 0, so nobody would be asked");
        }
        else if (known.ContainsKey(primary) && !Services.ContainsKey(primary))
        {
            errors.Add(servicesAt, $"the route's own service '{primary}' is missing; give it its share, or 0 for none");
        }

        ValidateHeaders(at, errors);
    }

    private void ValidateHeaders(string at, OptionErrors errors)
    {
        if (StickyBy == StickyBy.Header && Header is null)
        {
            errors.Add($"{at}:{nameof(Header)}", "StickyBy is Header, so the header needs a name");
        }
        else if (StickyBy != StickyBy.Header && Header is not null)
        {
            errors.Add($"{at}:{nameof(Header)}", $"the header binds nobody, since StickyBy is {StickyBy}; make it Header, or leave the header out");
        }

        ValidateName($"{at}:{nameof(Header)}", Header, errors);
        ValidateName($"{at}:{nameof(OverrideHeader)}", OverrideHeader, errors);
    }

    private static bool IsReserved(string header) =>
        IdentityHeaders.IsReserved(header) || header.Replace('_', '-').StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
        || new[] { "Host", "Authorization", "Cookie" }.Contains(header, StringComparer.OrdinalIgnoreCase);

    private static void ValidateName(string at, string? header, OptionErrors errors)
    {
        if (header is not null && (header.Length == 0 || !header.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')))
        {
            errors.Add(at, $"'{header}' is not a header name");
        }
        else if (header is not null && IsReserved(header))
        {
            errors.Add(at, $"'{header}' is not a client's to send, or not to be told by; name a header of its own");
        }
    }
}
