namespace Gateway.Host.Auditing;

/// <summary>How much a finding matters.</summary>
internal enum FindingSeverity
{
    /// <summary>Worth knowing; it may well be meant.</summary>
    Info,

    /// <summary>Legal, but unsafe or without effect.</summary>
    Warning,
}

/// <summary>One kind of finding. A closed list: an id is never used again for something else.</summary>
/// <param name="Id">As in <c>GW1001</c>: GW10 is about who may call, GW11 about limits, GW12 about services, GW13 about what is left over.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Title">What it is, in a line.</param>
internal sealed record FindingKind(string Id, FindingSeverity Severity, string Title)
{
    public static readonly FindingKind UnencryptedOrigin = new("GW1001", FindingSeverity.Warning, "CORS allows credentials to an origin that is not encrypted");
    public static readonly FindingKind AnyOrigin = new("GW1002", FindingSeverity.Info, "CORS allows every origin");
    public static readonly FindingKind EverybodyIsAProxy = new("GW1003", FindingSeverity.Warning, "TrustedProxies takes in every address");
    public static readonly FindingKind SkippedRequirement = new("GW1004", FindingSeverity.Warning, "SkipPaths covers a route that requires roles or scopes");
    public static readonly FindingKind SkippedAuth = new("GW1005", FindingSeverity.Info, "SkipPaths covers a route that would ask for a token");
    public static readonly FindingKind UncheckedClaims = new("GW1006", FindingSeverity.Warning, "JWTs are taken whoever issued them, or for whom");
    public static readonly FindingKind UnencryptedAuth = new("GW1007", FindingSeverity.Warning, "Tokens or keys travel unencrypted over a public network");
    public static readonly FindingKind LongBelief = new("GW1008", FindingSeverity.Warning, "Tokens are believed for long, and nothing revokes them");
    public static readonly FindingKind OpenAdmin = new("GW1009", FindingSeverity.Info, "The admin port can be read from other machines");
    public static readonly FindingKind InvalidCertificate = new("GW1010", FindingSeverity.Warning, "A certificate is served that is not valid");
    public static readonly FindingKind UnlimitedAnonymous = new("GW1101", FindingSeverity.Warning, "A route that anybody may call has no rate limit");
    public static readonly FindingKind LimitWithoutUser = new("GW1102", FindingSeverity.Warning, "A limit by user stands where no user is known");
    public static readonly FindingKind LimitByChoice = new("GW1103", FindingSeverity.Warning, "A route that anybody may call is limited by the caller's choice");
    public static readonly FindingKind UnlimitedTokens = new("GW1104", FindingSeverity.Info, "Tokens are checked without a limit before");
    public static readonly FindingKind UnlimitedBody = new("GW1105", FindingSeverity.Warning, "A route that anybody may call takes bodies of any size");
    public static readonly FindingKind OpenStore = new("GW1106", FindingSeverity.Warning, "A shared store on a public network has no TLS or no password");
    public static readonly FindingKind NoHealthCheck = new("GW1201", FindingSeverity.Warning, "A service has no health check");
    public static readonly FindingKind UnencryptedService = new("GW1202", FindingSeverity.Warning, "Requests travel unencrypted over a public network");
    public static readonly FindingKind NoTimeToRetry = new("GW1203", FindingSeverity.Info, "A silent instance takes all the time that a request has");
    public static readonly FindingKind ShortDrain = new("GW1204", FindingSeverity.Info, "Leaving gives requests less time than their timeout");
    public static readonly FindingKind StickyWithoutUser = new("GW1205", FindingSeverity.Info, "A split by user stands where no user is known");
    public static readonly FindingKind UnusedService = new("GW1301", FindingSeverity.Info, "A service that no route names");
    public static readonly FindingKind UnusedLimit = new("GW1302", FindingSeverity.Info, "A rate limit that no route names");

    /// <summary>In the order of their ids.</summary>
    public static IReadOnlyList<FindingKind> All { get; } = Array.AsReadOnly<FindingKind>(
    [
        UnencryptedOrigin, AnyOrigin, EverybodyIsAProxy, SkippedRequirement, SkippedAuth, UncheckedClaims, UnencryptedAuth, LongBelief, OpenAdmin,
        InvalidCertificate, UnlimitedAnonymous, LimitWithoutUser, LimitByChoice, UnlimitedTokens, UnlimitedBody, OpenStore, NoHealthCheck,
        UnencryptedService, NoTimeToRetry, ShortDrain, StickyWithoutUser, UnusedService, UnusedLimit,
    ]);

    /// <summary>The severity in the word that is printed.</summary>
    public string Word => Severity == FindingSeverity.Warning ? "warning" : "info";

    public static FindingKind? Find(string id) => All.FirstOrDefault(kind => kind.Id == id);
}
