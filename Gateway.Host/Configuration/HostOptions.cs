using Gateway.Core;
using Gateway.Core.Configuration;
using Gateway.Host.Auditing;
using Gateway.Host.Kubernetes;
using Gateway.Host.Telemetry;

namespace Gateway.Host.Configuration;

/// <summary>Whether connections of clients begin with a PROXY header.</summary>
internal enum ProxyProtocolMode
{
    /// <summary>They do not.</summary>
    Off,

    /// <summary>They do, or are closed.</summary>
    Required,
}

/// <summary>The keys of the section <c>Gateway</c> that belong to the binary; the others are <see cref="GatewayOptions"/>.</summary>
internal sealed record HostOptions
{
    /// <summary>The admin port.</summary>
    public AdminOptions Admin { get; init; } = new();

    internal const int MinConnections = 1, MostConnections = 1_000_000;

    /// <summary>Connections of clients at once; more are closed at once. Count, 1–1,000,000. Null (default): half of the file descriptors
    /// that the process may open, less 150, since each may need a connection to an instance too.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Whether every connection to the public endpoints must begin with a header of the PROXY protocol, version 1 or 2, from
    /// which the client's address is taken: Off (default) or Required, which needs <see cref="GatewayOptions.TrustedProxies"/>. Only these
    /// may then connect; another peer, a header that has not come whole within 5 s, one longer than 107 bytes (version 1) or 4,096
    /// (version 2), and anything that is none, closes the connection without an answer. X-Forwarded-* and Forwarded are then believed
    /// only if the conveyed address is itself a trusted proxy's. Rules out HTTP/3. Probes belong on the admin port then.</summary>
    public ProxyProtocolMode ProxyProtocol { get; init; }

    /// <summary>Whether another process of the same user may listen on the public ports beside this one, so that the next gateway serves
    /// before this one leaves; from the start of its leaving new connections go to the other one. Meant for two at a time, of which the
    /// older leaves. Linux only; rules out HTTP/3. The admin port is not shared. Default false: a port that is taken is an error.</summary>
    public bool ReusePort { get; init; }

    internal static readonly TimeSpan MinReloadInterval = TimeSpan.FromMilliseconds(100), MaxReloadInterval = TimeSpan.FromHours(1);

    /// <summary>How often the configuration's files are looked at; one that has changed, and then looks the same once more, is put in force if
    /// it has no problems. 100 ms – 1 h, or 0 to leave them alone until SIGHUP; default 1 s.</summary>
    public TimeSpan ReloadInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The API that services of the discovery kind Kubernetes are found by.</summary>
    public KubernetesOptions Kubernetes { get; init; } = new();

    /// <summary>What <c>gateway check</c> is to tell.</summary>
    public AuditOptions Audit { get; init; } = new();

    /// <summary>Traces and metrics for a receiver of the OpenTelemetry protocol.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>Tests of the routes. Default none.</summary>
    public IReadOnlyList<TestOptions> Tests { get; init; } = [];
}

/// <summary>A whole configuration without a fault. Immutable.</summary>
/// <param name="Gateway">What the pipeline is built from.</param>
/// <param name="Admin">The admin port.</param>
/// <param name="Tests">The configuration's own tests; they have passed.</param>
/// <param name="Kestrel">The section <c>Kestrel</c> for Kestrel's own loader, with the default endpoint if none is given.</param>
internal sealed record HostConfiguration(
    GatewayOptions Gateway, AdminOptions Admin, IReadOnlyList<TestOptions> Tests, IConfiguration Kestrel)
{
    /// <summary>Connections of clients at once; null: as many as the process's file descriptors allow.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Whether connections of clients begin with a PROXY header.</summary>
    public ProxyProtocolMode ProxyProtocol { get; init; }

    /// <summary>Whether another process may listen on the public ports beside this one.</summary>
    public bool ReusePort { get; init; }

    /// <summary>How often its files are looked at; zero for never.</summary>
    public TimeSpan ReloadInterval { get; init; }

    /// <summary>The API that services may be found by.</summary>
    public KubernetesOptions Kubernetes { get; init; } = new();

    /// <summary>The section <c>Kestrel</c> as it was checked, with the default endpoint if none is given.</summary>
    public KestrelSettings KestrelSettings { get; init; } = new();

    /// <summary>Whether it was loaded in the environment Development, where answers may tell more. Default false.</summary>
    public bool IsDevelopment { get; init; }

    /// <summary>What the audit is to tell.</summary>
    public AuditOptions Audit { get; init; } = new();

    /// <summary>Traces and metrics for a receiver of the OpenTelemetry protocol.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>What files that are read later start from. Default the working directory.</summary>
    public string Directory { get; init; } = System.IO.Directory.GetCurrentDirectory();

    /// <summary>Where a key, or the nearest section above it, was written. Default: nowhere in particular.</summary>
    public Func<string, ValueOrigin> OriginOf { get; init; } = static _ => default;

    /// <summary>Where a key's own value was written; null when nobody wrote one, so that its default counts. Default: nowhere.</summary>
    public Func<string, ValueOrigin?> WrittenAt { get; init; } = static _ => null;
}
