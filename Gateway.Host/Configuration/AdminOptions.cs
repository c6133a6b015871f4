using System.Globalization;
using System.Net;
using System.Text;
using Gateway.Core.Errors;

namespace Gateway.Host.Configuration;

/// <summary>The admin port.</summary>
internal sealed record AdminOptions
{
    /// <summary>Characters a token needs at least: some 80 bits when chosen at random.</summary>
    internal const int MinTokenLength = 16;

    private const int MaxTokenFile = 4096;

    /// <summary>Where it listens: <c>http://</c>, an IP address or localhost, and a port (0: any free one).
    /// Default loopback, port 9100. An address that others can reach needs <see cref="TokenFile"/>.</summary>
    public string Url { get; init; } = "http://127.0.0.1:9100";

    /// <summary>File with the token that changes need: one line, 16 – 4,096 characters. Null (default): nothing can be changed.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Names by which the admin port may be called, beside IP addresses, localhost and the machine's own name, as that of a Service in Kubernetes:
    /// a page whose name was made to mean this machine (DNS rebinding) gets nothing. Metrics and health answer by any name. Default none.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Address and port of <see cref="Url"/>, localhost being 127.0.0.1; null when it is not of that form.</summary>
    internal static IPEndPoint? ParseUrl(string url)
    {
        const string Scheme = "http://";
        if (!url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string authority = url[Scheme.Length..];
        authority = authority.EndsWith('/') ? authority[..^1] : authority;
        int colon = authority.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return null;
        }

        string host = authority[..colon];
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return new IPEndPoint(IPAddress.Loopback, port);
        }

        bool isBracketed = host.StartsWith('[') && host.EndsWith(']');
        return isBracketed == host.Contains(':', StringComparison.Ordinal)
            && IPAddress.TryParse(isBracketed ? host[1..^1] : host, out IPAddress? address)
                ? new IPEndPoint(address, port)
                : null;
    }

    /// <summary>The token in a file; null when it cannot be used, for the reason in <paramref name="problem"/>.</summary>
    internal static string? ReadToken(string path, out string? problem)
    {
        byte[]? content = FileContent.Read(path, MaxTokenFile, out problem);
        if (content is null)
        {
            return null;
        }

        string token = Encoding.UTF8.GetString(content).Trim();
        if (token.Length < MinTokenLength)
        {
            problem = $"holds {token.Length} characters; a token needs at least {MinTokenLength}";
        }
        else if (!token.All(static c => c is > ' ' and < '\x7f'))
        {
            problem = "holds more than one line of letters, digits and signs, so no header could carry it";
        }

        return problem is null ? token : null;
    }

    /// <param name="at">Key of this section.</param>
    /// <param name="directory">What a relative <see cref="TokenFile"/> starts from.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    internal void Validate(string at, string directory, OptionErrors errors)
    {
        IPEndPoint? address = ParseUrl(Url);
        if (address is null)
        {
            errors.Add($"{at}:{nameof(Url)}",
                $"'{Url}' is not an admin address; write http://, an IP address or localhost, and a port, as in 'http://127.0.0.1:9100'");
        }
        else if (!IPAddress.IsLoopback(address.Address) && TokenFile is null)
        {
            errors.Add($"{at}:{nameof(Url)}", $"'{Url}' can be reached from other machines, so {at}:{nameof(TokenFile)} must be set");
        }

        for (int i = 0; i < AllowedHosts.Count; i++)
        {
            if (Uri.CheckHostName(AllowedHosts[i]) != UriHostNameType.Dns)
            {
                errors.Add($"{at}:{nameof(AllowedHosts)}:{i}", $"'{AllowedHosts[i]}' is not a host name; write it without scheme and port");
            }
        }

        if (TokenFile is not null && ReadToken(Path.Combine(directory, TokenFile), out string? problem) is null)
        {
            errors.Add($"{at}:{nameof(TokenFile)}", $"the file '{TokenFile}' {problem}");
        }
    }
}
