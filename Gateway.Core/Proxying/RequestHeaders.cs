using System.Collections.Frozen;
using System.Net.Http.Headers;
using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Proxying;

/// <summary>Which headers the service gets: the client's but for those that end here, then ours.</summary>
internal static class RequestHeaders
{
    private const string CorrelationId = "X-Correlation-ID";
    private const string MaxForwards = "Max-Forwards";
    private const string ForwardedFor = "X-Forwarded-For";
    private const string ForwardedProto = "X-Forwarded-Proto";
    private const string ForwardedHost = "X-Forwarded-Host";
    private const string ForwardedPrefix = "X-Forwarded-Prefix";
    private const string Forwarded = "Forwarded";

    /// <summary>What becomes of a header by its name alone; of all others, whether the rules for families of names apply.</summary>
    private static readonly FrozenDictionary<string, Fate> ByName = new[]
    {
        // Dropped here and written below, or owned by the connection to the service.
        "Host", "Content-Length", "Expect", "Via", "traceparent",
        CorrelationId, ForwardedFor, ForwardedProto, ForwardedHost, ForwardedPrefix, Forwarded,
    }.Concat(HopByHop.Names).Select(static name => KeyValuePair.Create(name, Fate.Ends))
        .Append(KeyValuePair.Create("tracestate", Fate.GoesWithItsTrace))
        .Append(KeyValuePair.Create(MaxForwards, Fate.IsCounted))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private enum Fate
    {
        Ends,
        GoesWithItsTrace,
        IsCounted,
    }

    /// <param name="context">The request.</param>
    /// <param name="message">Gets the headers.</param>
    /// <param name="isHttp2">Whether the service speaks HTTP/2.</param>
    public static void Copy(GatewayContext context, HttpRequestMessage message, bool isHttp2)
    {
        IHeaderDictionary headers = context.Http.Request.Headers;
        StringValues connection = headers.Connection;
        foreach ((string name, StringValues values) in headers)
        {
            if (ByName.TryGetValue(name, out Fate fate) ? !GoesOn(fate, context) : IsOfAFamilyThatEnds(name, context))
            {
                continue;
            }

            if (connection.Count == 0 || !HopByHop.IsNamed(connection, name))
            {
                Add(message, name, fate == Fate.IsCounted && context.MaxForwards is { } hops
                    ? hops.ToString(System.Globalization.CultureInfo.InvariantCulture)
                    : values);
            }
        }

        AddOurs(context, headers, message.Headers, isHttp2);
    }

    private static bool GoesOn(Fate fate, GatewayContext context) => fate switch
    {
        Fate.GoesWithItsTrace => context.TraceIsContinued,
        Fate.IsCounted => true,
        _ => false,
    };

    private static bool IsOfAFamilyThatEnds(string name, GatewayContext context) =>
        IdentityHeaders.IsReserved(name) || IsUnderscored(name) || (!context.PeerIsTrusted && IdentityHeaders.IsOfAProxy(name));

    /// <summary>Content headers (Content-Type, Expires, …) belong to the content in HttpClient's model, so they need one.</summary>
    private static void Add(HttpRequestMessage message, string name, StringValues values)
    {
        bool added = values.Count == 1
            ? message.Headers.TryAddWithoutValidation(name, values[0])
            : message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        if (!added)
        {
            message.Content ??= new ByteArrayContent([]);
            message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    private static void AddOurs(GatewayContext context, IHeaderDictionary client, HttpRequestHeaders headers, bool isHttp2)
    {
        HttpRequest request = context.Http.Request;
        AddTrailersWanted(request, headers, isHttp2);
        headers.TryAddWithoutValidation(CorrelationId, context.CorrelationId);
        headers.TryAddWithoutValidation("traceparent", context.TraceParent);
        headers.TryAddWithoutValidation("Via", Appended(client.Via, ViaOf(request.Protocol)));

        // Believed, and so continued, only from a trusted proxy.
        StringValues none = default;
        string peer = PeerText(context);
        StringValues forwardedFor = context.PeerIsTrusted ? client[ForwardedFor] : none;
        if (context.Forwarded is { } forwarded)
        {
            headers.TryAddWithoutValidation(Forwarded, Appended(forwarded, ForwardedElement.Of(context.Http.Connection.RemoteIpAddress, request)));
            if (forwardedFor.Count == 0 && context.ClientIpText != peer)
            {
                // Services that read X-Forwarded-For alone are to find the same client.
                forwardedFor = context.ClientIpText;
            }
        }

        headers.TryAddWithoutValidation(ForwardedFor, Appended(forwardedFor, peer));
        headers.TryAddWithoutValidation(ForwardedProto, Kept(context.PeerIsTrusted ? client[ForwardedProto] : none, request.Scheme));
        headers.TryAddWithoutValidation(ForwardedHost, Kept(context.PeerIsTrusted ? client[ForwardedHost] : none, request.Host.Value ?? ""));
        AddPrefix(request, context.PeerIsTrusted ? client[ForwardedPrefix] : none, headers);
        if (context.User is not { } user)
        {
            return;
        }

        headers.TryAddWithoutValidation(IdentityHeaders.UserId, user.UserId);
        if (user.RolesHeader.Length > 0)
        {
            headers.TryAddWithoutValidation(IdentityHeaders.UserRoles, user.RolesHeader);
        }

        if (user.Tier is { Length: > 0 } tier)
        {
            headers.TryAddWithoutValidation(IdentityHeaders.UserTier, tier);
        }
    }

    /// <summary>What an application around the gateway has put aside of the path, so that the service can make links that lead back.</summary>
    private static void AddPrefix(HttpRequest request, StringValues earlier, HttpRequestHeaders headers)
    {
        if (earlier.Count > 0 || request.PathBase.HasValue)
        {
            headers.TryAddWithoutValidation(ForwardedPrefix, earlier.ToString() + request.PathBase.ToUriComponent());
        }
    }

    /// <summary>RFC 9110 §10.1.4: of TE, "trailers" alone goes on, and Connection names it where there is such a header.</summary>
    private static void AddTrailersWanted(HttpRequest request, HttpRequestHeaders headers, bool isHttp2)
    {
        if (!ResponseTrailers.AreWanted(request))
        {
            return;
        }

        headers.TryAddWithoutValidation("TE", "trailers");
        if (!isHttp2)
        {
            headers.TryAddWithoutValidation("Connection", "TE");
        }
    }

    /// <summary>Underscore spellings of headers that we write, or that end here, are dropped like the headers themselves.</summary>
    private static bool IsUnderscored(string name) =>
        name.Contains('_', StringComparison.Ordinal) && name.Replace('_', '-') is var dashed
        && ByName.TryGetValue(dashed, out Fate fate) && fate == Fate.Ends;

    /// <summary>The peer's own address: what the next hop in X-Forwarded-For is. Without proxies it is the client's.</summary>
    private static string PeerText(GatewayContext context)
    {
        if (!context.PeerIsTrusted || context.Http.Connection.RemoteIpAddress is not { } peer)
        {
            return context.ClientIpText;
        }

        return (peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer).ToString();
    }

    private static string Appended(StringValues earlier, string ours) => earlier.Count == 0 ? ours : $"{earlier}, {ours}";

    private static string Kept(StringValues earlier, string ours) => earlier.Count == 0 ? ours : earlier.ToString();

    private static string ViaOf(string protocol) => protocol switch
    {
        "HTTP/1.1" => "1.1 " + GatewayContext.Pseudonym,
        "HTTP/2" => "2.0 " + GatewayContext.Pseudonym,
        "HTTP/3" => "3.0 " + GatewayContext.Pseudonym,
        _ => "1.0 " + GatewayContext.Pseudonym,
    };
}
