using Gateway.Core;
using Gateway.Core.Configuration;
using Gateway.Host.Configuration;
using HostOptions = Gateway.Host.Configuration.HostOptions;

namespace Gateway.Host.Serving;

/// <summary>What of a configuration only a new process takes on.</summary>
internal static class RestartKeys
{
    /// <summary>The keys whose values differ.</summary>
    public static IEnumerable<string> Changed(HostConfiguration running, HostConfiguration next)
    {
        const string At = SettingsBinder.GatewayKey;
        (string Key, bool Differs)[] keys =
        [
            (BoundSettings.KestrelKey, !Flat(running.Kestrel).SequenceEqual(Flat(next.Kestrel))),
            ($"{At}:{nameof(HostOptions.Admin)}", (running.Admin with { AllowedHosts = [] }) != (next.Admin with { AllowedHosts = [] })
                || !running.Admin.AllowedHosts.SequenceEqual(next.Admin.AllowedHosts)),
            ($"{At}:{nameof(HostOptions.MaxConnections)}", running.MaxConnections != next.MaxConnections),
            ($"{At}:{nameof(HostOptions.ProxyProtocol)}", running.ProxyProtocol != next.ProxyProtocol),
            ($"{At}:{nameof(HostOptions.ReusePort)}", running.ReusePort != next.ReusePort),
            ($"{At}:{nameof(HostOptions.ReloadInterval)}", running.ReloadInterval != next.ReloadInterval),
            ($"{At}:{nameof(HostOptions.Kubernetes)}", running.Kubernetes != next.Kubernetes),
            ($"{At}:{nameof(HostOptions.Telemetry)}", !running.Telemetry.Says(next.Telemetry)),
            ($"{At}:{nameof(GatewayOptions.TrustedProxies)}, for {nameof(HostOptions.ProxyProtocol)},",
                next.ProxyProtocol != ProxyProtocolMode.Off && !running.Gateway.TrustedProxies.SequenceEqual(next.Gateway.TrustedProxies)),
        ];
        return keys.Where(static key => key.Differs).Select(static key => key.Key);
    }

    private static IEnumerable<KeyValuePair<string, string?>> Flat(IConfiguration section) =>
        section.AsEnumerable(makePathsRelative: true).OrderBy(static pair => pair.Key, StringComparer.OrdinalIgnoreCase);
}
