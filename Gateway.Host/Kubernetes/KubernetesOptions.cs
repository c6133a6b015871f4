using System.Net;
using Gateway.Core.Errors;

namespace Gateway.Host.Kubernetes;

/// <summary>The Kubernetes API that services of the discovery kind Kubernetes are found by. Asked only if there is such a service; what is null
/// is then taken from the pod that the gateway runs in. Files are read when they are needed, not by <c>gateway check</c>.</summary>
internal sealed record KubernetesOptions
{
    internal static readonly TimeSpan MinTimeout = TimeSpan.FromSeconds(1), MaxTimeout = TimeSpan.FromHours(1);

    /// <summary>Where the API is: <c>https://</c>, host and port; <c>http://</c> on this machine alone, since a token goes with each request.
    /// Null (default): what the variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT say.</summary>
    public string? ApiUrl { get; init; }

    /// <summary>File with the token, read anew for each request, since it is replaced from time to time. Null (default): the service account's,
    /// and no token if there is no such file.</summary>
    public string? TokenFile { get; init; }

    /// <summary>File with the certificates, in PEM, of the authorities that the API's own is to come from. Null (default): the service account's,
    /// and those that the system trusts if there is no such file.</summary>
    public string? CaFile { get; init; }

    /// <summary>Namespace of services that name none. Null (default): the service account's.</summary>
    public string? Namespace { get; init; }

    /// <summary>How long one watch is asked to last; another follows it. 1 s – 1 h; default 5 min, the least of client-go.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Without a byte for so long a watch is given up, and another begun where it was. 1 s – 1 h; default 100 s, since the API server sends a
    /// bookmark every 60 to 75 s.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <param name="at">Key of this section.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    internal void Validate(string at, OptionErrors errors)
    {
        if (ApiUrl is not null && !IsApiUrl(ApiUrl))
        {
            errors.Add($"{at}:{nameof(ApiUrl)}",
                $"'{ApiUrl}' is not the address of an API; write https://, host and port, as in 'https://10.96.0.1:443' (http:// on this machine alone)");
        }

        foreach ((string key, string? value) in new[] { (nameof(TokenFile), TokenFile), (nameof(CaFile), CaFile), (nameof(Namespace), Namespace) })
        {
            if (value is { Length: 0 })
            {
                errors.Add($"{at}:{key}", "is empty; leave it out for the service account's");
            }
        }

        errors.Range($"{at}:{nameof(WatchTimeout)}", WatchTimeout, MinTimeout, MaxTimeout);
        errors.Range($"{at}:{nameof(SilenceTimeout)}", SilenceTimeout, MinTimeout, MaxTimeout);
    }

    private static bool IsApiUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? url)
        && url.PathAndQuery == "/" && url.Fragment.Length == 0 && url.UserInfo.Length == 0
        && (url.Scheme == Uri.UriSchemeHttps
            || (url.Scheme == Uri.UriSchemeHttp && (url.Host == "localhost" || (IPAddress.TryParse(url.DnsSafeHost, out IPAddress? address) && IPAddress.IsLoopback(address)))));
}
