using System.Diagnostics;

namespace Gateway.Core.Telemetry;

/// <summary>What is known of a request when its span begins.</summary>
/// <param name="Method">As sent.</param>
/// <param name="Path">Normalised, without the query.</param>
/// <param name="Scheme">Of the client's connection.</param>
/// <param name="Protocol">As the server names it, for example HTTP/1.1.</param>
/// <param name="ClientAddress">As the log writes it.</param>
/// <param name="UserAgent">Null for none.</param>
/// <param name="CorrelationId">The value of X-Correlation-ID.</param>
internal readonly record struct ArrivedRequest(
    string Method, string Path, string Scheme, string Protocol, string ClientAddress, string? UserAgent, string CorrelationId);

/// <summary>
/// The activity source <c>Gateway</c>: a server span for each request and a client span for each attempt, by the stable names of OpenTelemetry's
/// conventions for HTTP. While nobody listens a request costs one look, and no span is made. Safe from any thread.
/// </summary>
internal sealed class GatewayTraces : IDisposable
{
    public const string SourceName = "Gateway";

    public ActivitySource Source { get; } = new(SourceName);

    public bool AreListenedTo => Source.HasListeners();

    /// <summary>Share of the requests, 0–1, that are traced where no caller who is believed has decided. Null (default): whoever listens decides about
    /// each, as in a program that embeds the core. To be set before the first request.</summary>
    public double? SampleRatio { get; set; }

    /// <summary>Decides by <see cref="SampleRatio"/>, not by the trace's id, which a client could choose. True without one.</summary>
    public bool Draw() => SampleRatio is not { } ratio || ratio >= 1 || Random.Shared.NextDouble() < ratio;

    /// <summary>Begins a request's span; null when nobody records it, as when it is not sampled.</summary>
    /// <param name="request">What arrived.</param>
    /// <param name="parent">The caller's span; default for none.</param>
    public RequestSpans? Begin(in ArrivedRequest request, ActivityContext parent)
    {
        bool isKnown = KnownMethods.Contains(request.Method);
        string name = isKnown ? request.Method : RequestSpans.UnknownMethodName;

        // Those that a sampler may want to see, as the conventions ask.
        KeyValuePair<string, object?>[] first =
        [
            new("http.request.method", isKnown ? request.Method : "_OTHER"),
            new("url.path", RequestSpans.Cut(request.Path, RequestSpans.MaxPath)),
            new("url.scheme", request.Scheme),
            new("client.address", request.ClientAddress),
        ];
        if (Start(Source, name, ActivityKind.Server, parent, first) is not { } span)
        {
            return null;
        }

        if (!isKnown)
        {
            span.AddTag("http.request.method_original", RequestSpans.Cut(request.Method, RequestSpans.MaxMethod));
        }

        if (request.UserAgent is { } agent)
        {
            span.AddTag("user_agent.original", RequestSpans.Cut(agent, RequestSpans.MaxUserAgent));
        }

        if (VersionOf(request.Protocol) is { } version)
        {
            span.AddTag("network.protocol.version", version);
        }

        span.AddTag("correlation_id", request.CorrelationId);
        return new RequestSpans(span, name, parent.TraceFlags);
    }

    public void Dispose() => Source.Dispose();

    /// <summary>
    /// Starts a span under a parent that is given, never under the activity that happens to be current (a host's own), and leaves that one current:
    /// so pooled timers and connections do not hold on to the request that made them.
    /// </summary>
    /// <returns>Null unless its data is wanted.</returns>
    internal static Activity? Start(
        ActivitySource source, string name, ActivityKind kind, ActivityContext parent, KeyValuePair<string, object?>[] tags)
    {
        Activity? ambient = Activity.Current;
        Activity.Current = null;
        Activity? span = source.StartActivity(name, kind, parent, tags);
        if (span is { IsAllDataRequested: false })
        {
            span.Stop();
            span = null;
        }

        Activity.Current = ambient;
        return span;
    }

    /// <summary>Ends a span; what was current stays so.</summary>
    internal static void Stop(Activity span)
    {
        Activity? ambient = Activity.Current;
        span.Stop();
        Activity.Current = ambient;
    }

    private static string? VersionOf(string protocol) => protocol switch
    {
        "HTTP/1.0" => "1.0",
        "HTTP/1.1" => "1.1",
        "HTTP/2" => "2",
        "HTTP/3" => "3",
        _ => null,
    };
}
