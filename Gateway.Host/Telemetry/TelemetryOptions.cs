using Gateway.Core.Errors;

namespace Gateway.Host.Telemetry;

/// <summary>How the receiver is spoken to.</summary>
internal enum OtlpProtocol
{
    /// <summary>gRPC, over HTTP/2.</summary>
    Grpc,

    /// <summary>Protobuf in POST requests over HTTP/1.1.</summary>
    HttpProtobuf,
}

/// <summary>Traces, and metrics if wanted, for a receiver of the OpenTelemetry protocol. Off until <see cref="OtlpOptions.Endpoint"/> is set. Of
/// OpenTelemetry's environment variables those that say where to, how and how much (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, <c>_PROTOCOL</c>,
/// <c>_HEADERS</c> and <c>_TIMEOUT</c>, <c>OTEL_BSP_</c>, <c>OTEL_TRACES_SAMPLER</c>, <c>OTEL_METRIC_EXPORT_INTERVAL</c>, <c>OTEL_SERVICE_NAME</c>) are
/// not heard. What has no key here is left to the SDK, which hears <c>OTEL_RESOURCE_ATTRIBUTES</c> and the limits of attributes, among others.</summary>
internal sealed record TelemetryOptions
{
    internal const int MaxName = 256;

    /// <summary>What the gateway calls itself, <c>service.name</c>. 1–256 characters; default <c>gateway</c>.</summary>
    public string ServiceName { get; init; } = "gateway";

    /// <summary>What this process calls itself, <c>service.instance.id</c>. 1–256 characters; null (default): a random one each time.</summary>
    public string? InstanceId { get; init; }

    /// <summary>The receiver.</summary>
    public OtlpOptions Otlp { get; init; } = new();

    /// <summary>Which requests are traced, and how spans wait.</summary>
    public SpanOptions Traces { get; init; } = new();

    /// <summary>The metrics of <c>/metrics</c>, sent as well.</summary>
    public OtlpMetricOptions Metrics { get; init; } = new();

    /// <summary>Whether both say the same.</summary>
    internal bool Says(TelemetryOptions other) =>
        this with { Otlp = other.Otlp } == other && Otlp with { Headers = other.Otlp.Headers } == other.Otlp
        && Otlp.Headers.Count == other.Otlp.Headers.Count && !Otlp.Headers.Except(other.Otlp.Headers).Any();

    /// <param name="at">Key of this section.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    internal void Validate(string at, OptionErrors errors)
    {
        foreach ((string key, string? name) in new[] { (nameof(ServiceName), ServiceName), (nameof(InstanceId), InstanceId) })
        {
            if (name is { Length: 0 or > MaxName })
            {
                errors.Add($"{at}:{key}", $"has {name.Length} characters; allowed are 1 to {MaxName}");
            }
        }

        Otlp.Validate($"{at}:{nameof(Otlp)}", errors);
        Traces.Validate($"{at}:{nameof(Traces)}", errors);
        Metrics.Validate($"{at}:{nameof(Metrics)}", errors);
        if (Metrics.Enabled && Otlp.Endpoint is null)
        {
            errors.Add($"{at}:{nameof(Metrics)}:{nameof(Metrics.Enabled)}", $"needs {at}:{nameof(Otlp)}:{nameof(Otlp.Endpoint)}, which says where to");
        }
    }
}

/// <summary>The receiver of traces and metrics.</summary>
internal sealed record OtlpOptions
{
    internal const int MaxHeaders = 32, MaxHeaderValue = 4096;

    internal static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(100), MaxTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Where it is: <c>http://</c> or <c>https://</c>, host and port, with HttpProtobuf also a path, to which <c>/v1/traces</c> and
    /// <c>/v1/metrics</c> are added. Null (default): nothing is sent, and nothing is recorded.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Default Grpc, as the SDK's.</summary>
    public OtlpProtocol Protocol { get; init; }

    /// <summary>Headers of each request to the receiver, by name, such as an API key: secrets. At most 32, of 4,096 visible characters. Default none.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How long a batch may take. 100 ms – 1 min; default 10 s, the SDK's. No request waits for it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <param name="at">Key of this section.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    internal void Validate(string at, OptionErrors errors)
    {
        if (Endpoint is not null && !IsEndpoint(Endpoint))
        {
            errors.Add($"{at}:{nameof(Endpoint)}", Protocol == OtlpProtocol.Grpc
                ? $"'{Endpoint}' is not the address of a gRPC receiver; write http:// or https://, host and port, as in 'http://collector:4317'"
                : $"'{Endpoint}' is not the address of a receiver; write http:// or https://, host, port and path, as in 'http://collector:4318'");
        }

        if (Headers.Count > MaxHeaders)
        {
            errors.Add($"{at}:{nameof(Headers)}", $"has {Headers.Count} headers; allowed are {MaxHeaders}");
        }

        foreach ((string name, string value) in Headers)
        {
            // Values are secrets: not repeated.
            if (HeaderProblem(name, value) is { } problem)
            {
                errors.Add($"{at}:{nameof(Headers)}:{name}", problem);
            }
        }

        errors.Range($"{at}:{nameof(Timeout)}", Timeout, MinTimeout, MaxTimeout);
    }

    private bool IsEndpoint(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.Host.Length > 0 && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0
        && (Protocol == OtlpProtocol.HttpProtobuf || url.AbsolutePath == "/");

    private static string? HeaderProblem(string name, string value)
    {
        if (name.Length == 0 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            return "is not the name of a header";
        }

        if (name.StartsWith("content-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase)
            || name.ToLowerInvariant() is "host" or "te" or "connection" or "transfer-encoding")
        {
            return "belongs to the protocol and cannot be set";
        }

        return value.Length is 0 or > MaxHeaderValue || !value.All(static c => c is >= ' ' and < '\x7f')
            ? $"has a value that no header could carry; allowed are 1 to {MaxHeaderValue} visible characters of ASCII"
            : null;
    }
}

/// <summary>Which requests are traced, and how their spans wait to be sent. The numbers are the defaults of OpenTelemetry's SDK.</summary>
internal sealed record SpanOptions
{
    internal const int MinQueue = 16, MaxQueue = 65_536, MaxBatch = 8_192;

    internal static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(100), MaxInterval = TimeSpan.FromMinutes(1);

    /// <summary>Share of the requests that are traced, 0–1, of those about which no trusted proxy has decided: what its traceparent says is followed,
    /// anybody else's has its trace id kept. Without a receiver it is the share of the traces that begin here which services are asked to record.
    /// Default 1.</summary>
    public double SampleRatio { get; init; } = 1;

    /// <summary>Spans that wait, those on their way included; further ones are dropped and counted. 16–65,536; default 2,048. A span takes about
    /// 3 KB, and 12 KB when all its texts are as long as they may be.</summary>
    public int QueueSize { get; init; } = 2_048;

    /// <summary>Spans that are sent at a time. 1–8,192, and no more than <see cref="QueueSize"/>; default 512.</summary>
    public int BatchSize { get; init; } = 512;

    /// <summary>How long a batch that is not full waits. 100 ms – 1 min; default 5 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <param name="at">Key of this section.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    internal void Validate(string at, OptionErrors errors)
    {
        if (SampleRatio is < 0 or > 1)
        {
            errors.Add($"{at}:{nameof(SampleRatio)}", string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"{SampleRatio} is out of range; allowed are 0 to 1"));
        }

        errors.Range($"{at}:{nameof(QueueSize)}", QueueSize, MinQueue, MaxQueue);
        errors.Range($"{at}:{nameof(BatchSize)}", BatchSize, 1, MaxBatch);
        if (BatchSize > QueueSize && BatchSize <= MaxBatch && QueueSize >= MinQueue)
        {
            errors.Add($"{at}:{nameof(BatchSize)}", $"{BatchSize} spans cannot be sent at a time where only {QueueSize} may wait");
        }

        errors.Range($"{at}:{nameof(Interval)}", Interval, MinInterval, MaxInterval);
    }
}

/// <summary>The metrics that the receiver gets.</summary>
internal sealed record OtlpMetricOptions
{
    internal static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1), MaxInterval = TimeSpan.FromHours(1);

    /// <summary>Whether they are sent; <c>/metrics</c> has them in any case. Default false.</summary>
    public bool Enabled { get; init; }

    /// <summary>How often. 1 s – 1 h; default 1 min, the SDK's.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    /// <param name="at">Key of this section.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    internal void Validate(string at, OptionErrors errors) => errors.Range($"{at}:{nameof(Interval)}", Interval, MinInterval, MaxInterval);
}
