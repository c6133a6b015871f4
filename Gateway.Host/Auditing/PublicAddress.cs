using System.Net;
using System.Net.Sockets;

namespace Gateway.Host.Auditing;

/// <summary>Whether what is sent to a host may leave the operator's own networks.</summary>
internal static class PublicAddress
{
    /// <summary>Suffixes that no public name has: RFC 6761, RFC 6762, RFC 8375, ICANN's internal, and what Kubernetes and habit use.</summary>
    private static readonly string[] Private =
        [".localhost", ".local", ".internal", ".svc", ".cluster.local", ".home.arpa", ".lan", ".localdomain", ".intranet", ".corp", ".private", ".test", ".example"];

    /// <summary>Last labels, beside those of countries, by which a name of two labels is a public one. Any other such name is taken for a
    /// service and its namespace, as in <c>profile.prod</c> or <c>cart.dev</c>: many of today's public suffixes are words for namespaces, too.</summary>
    private static readonly string[] Public = ["com", "net", "org", "info", "biz", "edu", "gov", "mil", "int", "app", "cloud"];

    /// <summary>Of Qatar, where hardly anybody has a name of two labels; a namespace for tests nearly everywhere else.</summary>
    private const string CountryThatIsANamespace = "qa";

    /// <summary>Addresses of one's own machine and networks: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291.</summary>
    private static readonly IPNetwork[] Own =
    [
        IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("::1/128"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10"),
    ];

    /// <summary>For an http URL: true when its host is public, so that others can read along.</summary>
    public static bool IsUnencrypted(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && parsed.Scheme == Uri.UriSchemeHttp && Is(parsed.DnsSafeHost);

    /// <summary>True for an address outside of one's own networks, and for a name with a dot that is not known to be private and does not look like a
    /// service with its namespace.</summary>
    public static bool Is(string host)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            return address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 && !Array.Exists(Own, network => network.Contains(address));
        }

        string name = host.TrimEnd('.');
        return name.Split('.') switch
        {
            { Length: 1 } => false,
            [_, string last] when !IsPublicSuffix(last) => false,
            _ => !Array.Exists(Private, suffix => name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)),
        };
    }

    private static bool IsPublicSuffix(string label) => Public.Contains(label, StringComparer.OrdinalIgnoreCase)
        || (label.Length == 2 && label.All(char.IsAsciiLetter) && !label.Equals(CountryThatIsANamespace, StringComparison.OrdinalIgnoreCase));
}
