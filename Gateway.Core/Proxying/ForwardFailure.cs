using System.Security.Authentication;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Proxying;

/// <summary>Which row of the error table a failure is. The one place where the exceptions of sockets and HttpClient are read.</summary>
internal static class ForwardFailure
{
    /// <summary>A failure before the response's headers came.</summary>
    /// <param name="failure">What sending threw.</param>
    /// <param name="body">The client's body, if there is one: reading it may have been the cause.</param>
    /// <param name="timer">Knows whether a timeout fired or the client left.</param>
    public static (GatewayError Error, string? Detail) OfSending(Exception failure, RequestBody? body, AttemptTimer timer)
    {
        if (timer.ClientLeft)
        {
            return (GatewayError.ClientClosed, null);
        }

        if (body?.ClientFailure is { } clientFailure)
        {
            return OfClientBody(clientFailure);
        }

        if (timer.Fired != TimeoutPhase.None)
        {
            // While the client's next piece is awaited the service has nothing to answer for.
            return body?.AwaitsClient == true ? (GatewayError.RequestTimeout, null) : TimedOut(timer.Fired);
        }

        return failure switch
        {
            HttpRequestException request => OfHttp(request),

            // SocketsHttpHandler reports its ConnectTimeout as a cancellation with a TimeoutException inside.
            OperationCanceledException { InnerException: TimeoutException } => TimedOut(TimeoutPhase.Connect),
            // Neither ours nor the client's: HttpClient gives up a request whose connection has broken under it.
            IOException or OperationCanceledException => (GatewayError.UpstreamReset, null),
            _ => (GatewayError.Internal, null),
        };
    }

    /// <summary>Whether the request may be sent again after a failure before the headers: always when it is certain that no instance has any of it.</summary>
    public static Retry RetryOf(GatewayError error, Exception failure, AttemptTimer timer, RequestBody? body = null) =>
        timer.Fired == TimeoutPhase.Total ? Retry.Never
        : error.Row().Retry == Retry.Never ? Retry.Never
        : IsCertainlyUnsent(failure, timer, body) ? Retry.Always
        : Retry.IfIdempotent;

    private static bool IsCertainlyUnsent(Exception failure, AttemptTimer timer, RequestBody? body) => failure switch
    {
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
        } => true,

        // HttpClient's own connect timeout.
        OperationCanceledException { InnerException: TimeoutException } => timer.Fired == TimeoutPhase.None,
        { InnerException: UnsentException unsent } => unsent.IsRefused || body is null or { BytesRead: 0 },
        _ => false,
    };

    /// <summary>A failure after the response's headers came.</summary>
    public static (GatewayError Error, string? Detail) OfAnswering(CopyResult result, Exception? failure, AttemptTimer timer, RequestBody? body = null)
    {
        if (timer.ClientLeft)
        {
            return (GatewayError.ClientClosed, null);
        }

        // A body that goes on beside the answer, and then goes wrong, ends both.
        if (body?.ClientFailure is { } clientFailure)
        {
            return OfClientBody(clientFailure);
        }

        if (timer.Fired != TimeoutPhase.None)
        {
            return TimedOut(timer.Fired);
        }

        if (result == CopyResult.ClientFailed)
        {
            return (GatewayError.ClientClosed, null);
        }

        return failure is HttpRequestException or HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse }
            ? (GatewayError.UpstreamBadResponse, null)
            : (GatewayError.UpstreamReset, null);
    }

    /// <summary>What a failure says about the instance.</summary>
    public static AttemptResult Judge(GatewayError error) =>
        error.Row().Blame == Blame.Service ? AttemptResult.Failure : AttemptResult.Neutral;

    /// <summary>What a failure before the headers says about the instance. One that does not know extended CONNECT is not ill: else a
    /// client could open its circuit by asking for WebSockets.</summary>
    public static AttemptResult Judge(GatewayError error, Exception failure) =>
        failure is HttpRequestException { HttpRequestError: HttpRequestError.ExtendedConnectNotSupported } ? AttemptResult.Neutral : Judge(error);

    private static (GatewayError, string?) TimedOut(TimeoutPhase phase) => (GatewayError.UpstreamTimeout, phase switch
    {
        TimeoutPhase.Connect => "The connect timeout fired.",
        TimeoutPhase.FirstByte => "The first-byte timeout fired.",
        TimeoutPhase.Idle => "The idle timeout fired.",
        _ => "The total timeout fired.",
    });

    private static (GatewayError, string?) OfClientBody(Exception failure) => failure switch
    {
        BadHttpRequestException { Message: RequestBody.WrongLength } => (GatewayError.BadRequest, RequestBody.WrongLength),
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } => (GatewayError.BadRequest, "The request body is malformed."),
        BadHttpRequestException malformed => (GatewayErrors.OfServerStatus(malformed.StatusCode), null),

        // Kestrel's words for a chunk size that overflows and for a trailer with a NUL.
        IOException { InnerException: OverflowException } or InvalidOperationException => (GatewayError.BadRequest, "The request body is malformed."),
        _ => (GatewayError.ClientClosed, null),
    };

    private static (GatewayError, string?) OfHttp(HttpRequestException failure) => failure.HttpRequestError switch
    {
        HttpRequestError.ConnectionError => (GatewayError.ConnectFailed, null),
        HttpRequestError.NameResolutionError => (GatewayError.ConnectFailed, "The instance's name could not be resolved."),
        HttpRequestError.SecureConnectionError => (GatewayError.ConnectFailed, "TLS with the instance failed."),
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => (GatewayError.UpstreamBadResponse, null),
        HttpRequestError.ExtendedConnectNotSupported => (GatewayError.UpstreamBadResponse, "The instance takes no WebSockets over HTTP/2."),
        HttpRequestError.ResponseEnded or HttpRequestError.HttpProtocolError => (GatewayError.UpstreamReset, null),
        _ when failure.InnerException is AuthenticationException => (GatewayError.ConnectFailed, "TLS with the instance failed."),
        _ when failure.InnerException is IOException or System.Net.Sockets.SocketException => (GatewayError.UpstreamReset, null),

        // A request that HttpClient will not send: no instance has heard of it.
        _ => (GatewayError.Internal, null),
    };
}
