using System.Diagnostics;
using System.Globalization;
using Gateway.Core.Errors;

namespace Gateway.Core.Telemetry;

/// <summary>A request's span and that of its attempt under way. Used by one thread at a time, as the request's context is.</summary>
/// <param name="request">The server span, started.</param>
/// <param name="method">What the names of the spans begin with.</param>
/// <param name="callersFlags">Of the caller's traceparent; those that we do not know go on as they came.</param>
internal sealed class RequestSpans(Activity request, string method, ActivityTraceFlags callersFlags)
{
    /// <summary>In the names of spans, for methods outside of the closed list.</summary>
    public const string UnknownMethodName = "HTTP";

    /// <summary>Longest texts in spans and log entries, in characters: both wait in queues, and clients must not decide how much memory these take.</summary>
    public const int MaxPath = 2048, MaxUserAgent = 512, MaxMethod = 64;

    private Activity? _attempt;

    /// <summary>The W3C traceparent of the attempt, or of the request before the first.</summary>
    public string TraceParent
    {
        get
        {
            Activity span = _attempt ?? request;
            int flags = ((int)callersFlags & ~(int)ActivityTraceFlags.Recorded) | (span.Recorded ? (int)ActivityTraceFlags.Recorded : 0);
            return string.Create(CultureInfo.InvariantCulture, $"00-{span.TraceId.ToHexString()}-{span.SpanId.ToHexString()}-{flags:x2}");
        }
    }

    public static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    /// <param name="address">The instance's.</param>
    /// <param name="instance">Its name in metrics and log.</param>
    /// <param name="number">1 for the request's first attempt.</param>
    public void BeginAttempt(Uri address, string instance, int number)
    {
        KeyValuePair<string, object?>[] first =
        [
            new("http.request.method", method == UnknownMethodName ? "_OTHER" : method),
            new("server.address", address.DnsSafeHost),
            new("server.port", address.Port),
            new("gateway.instance", instance),
        ];
        _attempt = GatewayTraces.Start(request.Source, method, ActivityKind.Client, request.Context, first);
        if (number > 1)
        {
            _attempt?.AddTag("http.request.resend_count", number - 1);
        }
    }

    /// <summary>The attempt's address is known; its query may hold secrets and is left out.</summary>
    public void AttemptAddressed(Uri address) => _attempt?.AddTag("url.full", Cut(address.GetLeftPart(UriPartial.Path), MaxPath));

    /// <summary>The attempt's answer has begun.</summary>
    public void AttemptAnswered(int status)
    {
        _attempt?.AddTag("http.response.status_code", status);
        if (status >= 400)
        {
            Fail(_attempt, status.ToString(CultureInfo.InvariantCulture), ActivityStatusCode.Error);
        }
    }

    /// <summary>The attempt, if there is one, is over.</summary>
    /// <param name="error">Why it failed; null when it did not. One that the client gave up is no error of the instance's.</param>
    public void EndAttempt(ErrorRow? error)
    {
        if (_attempt is not { } attempt)
        {
            return;
        }

        if (error is not null)
        {
            Fail(attempt, error.Reason, error.Blame == Blame.Client ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
        }

        GatewayTraces.Stop(attempt);
        _attempt = null;
    }

    /// <summary>The request is over.</summary>
    /// <param name="route">Its route's name; null for none.</param>
    /// <param name="pattern">Its route's pattern; null for none.</param>
    /// <param name="service">Who was asked, or would have been; null for none.</param>
    /// <param name="status">What the client was sent; null when that was nothing.</param>
    /// <param name="error">Why the gateway refused it, or why it failed; null when it did not.</param>
    public void End(string? route, string? pattern, string? service, int? status, ErrorRow? error)
    {
        if (route is not null)
        {
            request.DisplayName = $"{method} {pattern}";
            request.AddTag("http.route", pattern);
            request.AddTag("gateway.route", route);
            request.AddTag("gateway.service", service);
        }

        if (status is not null)
        {
            request.AddTag("http.response.status_code", status);
        }

        // To a server what the client did wrong is no error.
        ActivityStatusCode code = (error?.Status ?? status) >= 500 ? ActivityStatusCode.Error : ActivityStatusCode.Unset;
        if (error is not null)
        {
            Fail(request, error.Reason, code);
        }
        else if (code == ActivityStatusCode.Error)
        {
            Fail(request, status!.Value.ToString(CultureInfo.InvariantCulture), code);
        }

        GatewayTraces.Stop(request);
    }

    private static void Fail(Activity? span, string type, ActivityStatusCode status)
    {
        span?.SetTag("error.type", type);
        if (status != ActivityStatusCode.Unset)
        {
            span?.SetStatus(status);
        }
    }
}
