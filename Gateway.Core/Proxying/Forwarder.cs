using System.IO.Pipelines;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Gateway.Core.Proxying;

/// <summary>
/// Sends the request to the chosen instance and streams the answer back: one attempt, the end of the way.
/// <code>
///   client ──(1) message──▶ gateway ──(2) send, with the body as it comes──▶ instance
///   client ◀──(4) headers── gateway ◀──(3) headers, or what went wrong────── instance
///   client ◀──(5) body───── gateway ◀──────────────────────────────────────── instance
/// </code>
/// A request to go on in another protocol takes the same way up to (3); if the instance agrees, the rest is <see cref="UpgradeRelay"/>'s.
/// Nothing is buffered but the piece that is on its way. Every failure becomes one row of the error table (<see cref="ForwardFailure"/>).
/// </summary>
internal sealed class Forwarder(
    ServiceConnections[] connectionsByService,
    int[] stripSegmentsByRoute,
    ResponseHeaders responseHeaders,
    TimeProvider clock,
    CancellationToken upgradesEnd)
{
    public async Task InvokeAsync(GatewayContext context)
    {
        HttpContext http = context.Http;
        BackendService service = context.Route!.Service;
        long sentAt = clock.GetTimestamp();
        UpgradeHandshake? upgrade = context.Upgrade is null ? null : new UpgradeHandshake(context, connectionsByService[service.Index]);
        bool hasBody = upgrade is null && http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;
        bool isGrpc = GrpcCall.Is(http.Request);
        using var timer = new AttemptTimer(service.Options.Timeouts, clock, sentAt, hasBody, isGrpc, http.RequestAborted);
        if (isGrpc && http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            // The messages of a stream come when there is something to say: Idle is their limit, not so many bytes a second.
            rate.MinDataRate = null;
        }

        RequestBody? body = hasBody ? new RequestBody(http.Request.BodyReader, http.Request.ContentLength, context.Route.MaxRequestBodyBytes, timer) : null;
        try
        {
            if (await ExchangeAsync(context, body, upgrade, timer, sentAt) is { } sides)
            {
                // Outside of the exchange, so that its message and response do not live as long as a WebSocket.
                await RelayAsync(context, sides, upgrade!.IsWebSocket, timer);
                context.UpstreamMs = clock.GetElapsedTime(sentAt).TotalMilliseconds;
            }
        }
        finally
        {
            // Also when a defect of ours ends the exchange: nobody else may be reading when the server does.
            if (body is not null)
            {
                await body.StopAsync();
                context.BytesIn = body.BytesRead;
            }
        }
    }

    /// <returns>Where to go on when both sides have left HTTP; null when all is said.</returns>
    private async ValueTask<UpgradedSides?> ExchangeAsync(
        GatewayContext context, RequestBody? body, UpgradeHandshake? upgrade, AttemptTimer timer, long sentAt)
    {
        // 1. The message: method, address, body, headers.
        using HttpRequestMessage message = CreateMessage(context, body);

        // 2. Send it; 3. wait for the headers.
        HttpResponseMessage? response = await SendAsync(context, message, body, upgrade, timer);
        context.UpstreamMs = clock.GetElapsedTime(sentAt).TotalMilliseconds;
        if (response is null)
        {
            return null;
        }

        UpgradedSides? sides = null;
        try
        {
            // 4. and 5.
            if (upgrade?.IsAccepted(response) == true)
            {
                return sides = await AcceptAsync(context, response, upgrade, timer);
            }

            if (upgrade?.IsSilentlyDeclined(response) == true)
            {
                // The instance may, so nothing counts against it; but to the client the same status would be consent.
                context.ReportAttempt(AttemptResult.Success);
                await context.Refuse(GatewayError.UpstreamBadResponse, "The service does not go on in the protocol asked for.");
                return null;
            }

            await AnswerAsync(context, response, body, timer);
            await FinishRequestAsync(context, response, body);
            return null;
        }
        finally
        {
            if (sides is null)
            {
                response.Dispose();
            }

            context.UpstreamMs = clock.GetElapsedTime(sentAt).TotalMilliseconds;
        }
    }

    private HttpRequestMessage CreateMessage(GatewayContext context, RequestBody? body)
    {
        HttpRequest request = context.Http.Request;
        var message = new HttpRequestMessage(
            HttpMethod.Parse(context.Method),
            ForwardedUri.Build(context.Instance!.Origin, context.Path, stripSegmentsByRoute[context.Route!.Index], context.Query))
        {
            Content = body is not null ? body : request.ContentLength == 0 || !IsRepeatable(context.Method) ? new ByteArrayContent([]) : null,
        };
        RequestHeaders.Copy(context, message);
        return message;
    }

    private async ValueTask<HttpResponseMessage?> SendAsync(
        GatewayContext context, HttpRequestMessage message, RequestBody? body, UpgradeHandshake? upgrade, AttemptTimer timer)
    {
        try
        {
            ServiceConnections connections = connectionsByService[context.Route!.Service.Index];
            HttpResponseMessage response = await (upgrade is not null ? upgrade.SendAsync(message, timer.Token)
                : body is not null ? connections.SendAsync(message, body, timer.Token)
                : connections.SendAsync(message, timer.Token));
            bool isStream = IsStream(response) || upgrade?.IsAccepted(response) == true;
            timer.HeadersCame(isStream);

            // A good answer is good at its end; but a stream may go on for hours, and must not hold a half-open circuit's probe.
            if ((int)response.StatusCode >= 500)
            {
                context.ReportAttempt(AttemptResult.Failure);
            }
            else if (isStream)
            {
                context.ReportAttempt(AttemptResult.Success);
            }

            return response;
        }
        catch (Exception failure)
        {
            (GatewayError error, string? detail) = ForwardFailure.OfSending(failure, body, timer);
            context.ReportAttempt(ForwardFailure.Judge(error, failure));
            await context.Refuse(error, detail);
            return null;
        }
    }

    private async ValueTask<UpgradedSides?> AcceptAsync(
        GatewayContext context, HttpResponseMessage response, UpgradeHandshake upgrade, AttemptTimer timer)
    {
        if ((upgrade.FaultOf(response) ?? responseHeaders.CopyAccepted(response, context.Http)) is { } problem)
        {
            context.ReportAttempt(AttemptResult.Failure);
            await context.Refuse(GatewayError.UpstreamBadResponse, problem);
            return null;
        }

        return await upgrade.AcceptAsync(response, timer.Token);
    }

    private async Task RelayAsync(GatewayContext context, UpgradedSides sides, bool isWebSocket, AttemptTimer timer)
    {
        using UpgradedSides owned = sides;
        using var relay = new UpgradeRelay(sides, isWebSocket, timer, clock);
        GatewayError error = await relay.RunAsync(upgradesEnd);
        (context.BytesIn, context.BytesOut) = (relay.BytesIn, relay.BytesOut);
        if (error == GatewayError.UpstreamReset)
        {
            context.ReportAttempt(AttemptResult.Failure);
        }

        if (error != GatewayError.None)
        {
            await context.Refuse(error);
        }
    }

    private async ValueTask AnswerAsync(GatewayContext context, HttpResponseMessage response, RequestBody? body, AttemptTimer timer)
    {
        HttpContext http = context.Http;
        if (responseHeaders.Copy(response, http) is { } problem)
        {
            context.ReportAttempt(AttemptResult.Failure);
            await context.Refuse(GatewayError.UpstreamBadResponse, problem);
            return;
        }

        if (http.Request.Method == HttpMethods.Head || ResponseHeaders.NeverHasBody((int)response.StatusCode))
        {
            context.ReportAttempt(AttemptResult.Success);
            return;
        }

        Stream stream = await response.Content.ReadAsStreamAsync(timer.Token);
        PipeWriter client = ResponseTrailers.Open(http, response);
        (CopyResult result, long bytes, Exception? failure) = await BodyCopier.CopyAsync(stream, client, http.Response.ContentLength, timer);
        context.BytesOut = bytes;
        if (result == CopyResult.Complete)
        {
            (result, failure) = await EndAnswerAsync(http, response, stream, client, timer);
        }

        if (result == CopyResult.Complete)
        {
            context.ReportAttempt(AttemptResult.Success);
            return;
        }

        if (bytes > 0 && !http.Response.HasStarted)
        {
            // The server has taken these bytes, and would write an error's answer behind them: so this one begins, and is cut.
            await http.Response.StartAsync();
        }

        (GatewayError error, string? detail) = ForwardFailure.OfAnswering(result, failure, timer, body);
        context.ReportAttempt(result == CopyResult.ClientFailed ? AttemptResult.Neutral : ForwardFailure.Judge(error));
        await context.Refuse(error, detail);
    }

    /// <summary>What follows the body: its end, where that is still to be seen, and the trailers.</summary>
    private async ValueTask<(CopyResult Result, Exception? Failure)> EndAnswerAsync(
        HttpContext http, HttpResponseMessage response, Stream stream, PipeWriter client, AttemptTimer timer)
    {
        if (http.Response.ContentLength is not null && response.Version.Major >= 2)
        {
            (CopyResult Result, Exception? Failure) end = await BodyCopier.ExpectEndAsync(stream, client, timer);
            if (end.Result != CopyResult.Complete)
            {
                return end;
            }
        }

        if (!ResponseTrailers.Write(http, response, client, responseHeaders))
        {
            return (CopyResult.ServiceFailed, new HttpIOException(HttpRequestError.InvalidResponse, "A trailer holds a control character."));
        }

        return client is ChunkedWriter && await BodyCopier.FlushAsync(client, timer) is { } failure
            ? (CopyResult.ClientFailed, failure)
            : (CopyResult.Complete, null);
    }

    /// <summary>
    /// Over HTTP/2 on both sides an answer may be complete before its request is, and the request goes on: each side is closed by
    /// itself (RFC 9113 §8.1). A service that wants no more of it says so, and so may the client; else the idle timeout ends it.
    /// </summary>
    private static async ValueTask FinishRequestAsync(GatewayContext context, HttpResponseMessage response, RequestBody? body)
    {
        if (body is { IsUnderWay: true } && context.Error == GatewayError.None
            && response.Version.Major >= 2 && !context.Http.Request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal))
        {
            await context.Http.Response.CompleteAsync();
            await body.Finished;
        }
    }

    /// <summary>
    /// HttpClient quietly repeats a request without content when a pooled connection breaks (a POST was seen three times): only for
    /// methods that change nothing may it, so all others have content, if an empty one.
    /// </summary>
    private static bool IsRepeatable(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    /// <summary>Event streams, and gRPC, where nothing tells from outside whether one message is to come or many.</summary>
    private static bool IsStream(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out System.Net.Http.Headers.HeaderStringValues type)
        && (type.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) || GrpcCall.IsContentType(type.ToString()));
}
