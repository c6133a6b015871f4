using Gateway.Core;
using Gateway.Core.Configuration;
using Gateway.Host.Configuration;

namespace Gateway.Host.Auditing;

/// <summary>What is legal but unsafe, without effect, or worth knowing. Nothing is refused because of it.</summary>
internal static class ConfigurationAudit
{
    /// <param name="bound">Valid options.</param>
    /// <returns>All findings but those that the configuration ignores.</returns>
    public static IEnumerable<Finding> Of(BoundSettings bound)
    {
        GatewayOptions gateway = bound.Gateway;
        Finding[] all =
        [
            .. CallerAudit.Of(gateway, bound.Host, bound.Kestrel),
            .. LimitAudit.Of(gateway),
            .. ServiceAudit.Of(gateway),
        ];
        return all.Where(finding => !bound.Host.Audit.Ignore.Contains(finding.Kind.Id));
    }

    /// <summary>A key below the section Gateway.</summary>
    internal static string Key(params IEnumerable<string> path) => $"{SettingsBinder.GatewayKey}:{string.Join(':', path)}";
}
