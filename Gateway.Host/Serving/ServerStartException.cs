using Gateway.Core.Configuration;
using Gateway.Host.Configuration;

namespace Gateway.Host.Serving;

/// <summary>The gateway could not start; the message is one sentence for the person who started it.</summary>
internal sealed class ServerStartException : Exception
{
    private const string Endpoints = nameof(KestrelSettings.Endpoints), Url = nameof(KestrelEndpoint.Url);

    private ServerStartException(string key, string? address, Exception cause)
        : base($"{key}: could not start on {address}: {Reason(cause)}", cause) => Key = key;

    private ServerStartException(string key, string message)
        : base($"{key}: {message}") => Key = key;

    /// <summary>Of the setting to look at.</summary>
    public string Key { get; }

    public static ServerStartException OfAdmin(AdminOptions options, Exception cause) =>
        new($"{SettingsBinder.GatewayKey}:{nameof(Configuration.HostOptions.Admin)}:{nameof(AdminOptions.Url)}", options.Url, cause);

    /// <summary>A file that a setting names has become unusable since the configuration was checked.</summary>
    /// <param name="key">Of the setting.</param>
    /// <param name="file">Its value.</param>
    /// <param name="problem">What is wrong with it, as a predicate.</param>
    public static ServerStartException OfFile(string key, string file, string problem) => new(key, $"the file '{file}' {problem}");

    /// <summary>The gateway could not be put together: no address is to blame. The cause names what is, such as a file.</summary>
    public static ServerStartException OfParts(Exception cause) => new(SettingsBinder.GatewayKey, $"could not be put in force: {Reason(cause)}");

    /// <param name="kestrel">The section whose endpoints were to be listened on: at least one.</param>
    /// <param name="cause">Kestrel's messages name the address, but not always as it was written.</param>
    public static ServerStartException OfPublic(IConfiguration kestrel, Exception cause)
    {
        IConfigurationSection[] endpoints = [.. kestrel.GetSection(Endpoints).GetChildren()];
        IConfigurationSection? guilty = endpoints.Length == 1
            ? endpoints[0]
            : Array.Find(endpoints, endpoint => cause.Message.Contains($"{endpoint[Url]}:", StringComparison.OrdinalIgnoreCase));
        string section = $"{BoundSettings.KestrelKey}:{Endpoints}";
        return guilty is null
            ? new(section, string.Join(", ", endpoints.Select(static endpoint => endpoint[Url])), cause)
            : new($"{section}:{guilty.Key}:{Url}", guilty[Url], cause);
    }

    /// <summary>The innermost cause is the shortest, and the address has been named. The first line is what went wrong, others are advice.</summary>
    private static string Reason(Exception cause) => cause.GetBaseException().Message.Split('\n')[0].TrimEnd('.', '\r');
}
