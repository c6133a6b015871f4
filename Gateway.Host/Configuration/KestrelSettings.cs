using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gateway.Host.Configuration;

/// <summary>The keys that Kestrel's configuration loader reads, which ignores all others without a word. Only checked here;
/// Kestrel reads the section itself.</summary>
internal sealed record KestrelSettings
{
    public IReadOnlyDictionary<string, KestrelEndpoint> Endpoints { get; init; } = new Dictionary<string, KestrelEndpoint>();

    public KestrelEndpointDefaults EndpointDefaults { get; init; } = new();

    public IReadOnlyDictionary<string, KestrelCertificate> Certificates { get; init; } = new Dictionary<string, KestrelCertificate>();

    /// <param name="at">Key of this section.</param>
    /// <param name="directory">What relative paths of certificates start from.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    internal void Validate(string at, string directory, OptionErrors errors)
    {
        foreach ((string name, KestrelEndpoint endpoint) in Endpoints)
        {
            string key = $"{at}:{nameof(Endpoints)}:{name}";
            ValidateUrl($"{key}:{nameof(KestrelEndpoint.Url)}", endpoint.Url, errors);
            endpoint.Certificate?.Validate($"{key}:{nameof(KestrelEndpoint.Certificate)}", directory, errors);
            foreach ((string host, KestrelSni sni) in endpoint.Sni)
            {
                sni.Certificate?.Validate($"{key}:{nameof(KestrelEndpoint.Sni)}:{host}:{nameof(KestrelSni.Certificate)}", directory, errors);
            }
        }

        foreach ((string name, KestrelCertificate certificate) in Certificates)
        {
            certificate.Validate($"{at}:{nameof(Certificates)}:{name}", directory, errors);
        }
    }

    private static void ValidateUrl(string key, string? url, OptionErrors errors)
    {
        if (string.IsNullOrEmpty(url))
        {
            errors.Add(key, "is missing: an endpoint needs an address, as in 'http://*:8000'");
            return;
        }

        try
        {
            BindingAddress address = BindingAddress.Parse(url);
            bool isHttp = address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase)
                || address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);
            if (isHttp && (address.IsUnixPipe || (address.PathBase.Length == 0 && address.Port is >= 0 and <= 65535)))
            {
                return;
            }
        }
        catch (FormatException)
        {
            // Falls through to the one sentence for every bad address.
        }

        errors.Add(key, $"'{url}' is not an address to listen on; write scheme, host and port without a path, as in 'http://*:8000'");
    }
}

/// <summary>What all endpoints share.</summary>
internal sealed record KestrelEndpointDefaults
{
    public HttpProtocols? Protocols { get; init; }

    public IReadOnlyList<SslProtocols>? SslProtocols { get; init; }

    public ClientCertificateMode? ClientCertificateMode { get; init; }
}

/// <summary>An address to listen on.</summary>
internal sealed record KestrelEndpoint
{
    public string? Url { get; init; }

    public HttpProtocols? Protocols { get; init; }

    public IReadOnlyList<SslProtocols>? SslProtocols { get; init; }

    public KestrelCertificate? Certificate { get; init; }

    public ClientCertificateMode? ClientCertificateMode { get; init; }

    public IReadOnlyDictionary<string, KestrelSni> Sni { get; init; } = new Dictionary<string, KestrelSni>();
}

/// <summary>What holds for one host name of an endpoint.</summary>
internal sealed record KestrelSni
{
    public HttpProtocols? Protocols { get; init; }

    public IReadOnlyList<SslProtocols>? SslProtocols { get; init; }

    public KestrelCertificate? Certificate { get; init; }

    public ClientCertificateMode? ClientCertificateMode { get; init; }
}

/// <summary>A certificate: from a file, or from a store of the system.</summary>
internal sealed record KestrelCertificate
{
    public string? Path { get; init; }

    public string? KeyPath { get; init; }

    public string? Password { get; init; }

    public string? Subject { get; init; }

    public string? Store { get; init; }

    public StoreLocation? Location { get; init; }

    public bool? AllowInvalid { get; init; }

    internal void Validate(string at, string directory, OptionErrors errors)
    {
        ValidateFile($"{at}:{nameof(Path)}", Path, directory, errors);
        ValidateFile($"{at}:{nameof(KeyPath)}", KeyPath, directory, errors);
    }

    private static void ValidateFile(string key, string? path, string directory, OptionErrors errors)
    {
        if (!string.IsNullOrEmpty(path) && !File.Exists(System.IO.Path.Combine(directory, path)))
        {
            errors.Add(key, $"the file '{path}' does not exist");
        }
    }
}
