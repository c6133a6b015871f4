using System.Net;
using System.Runtime.ExceptionServices;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;
using Microsoft.AspNetCore.Http;
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
internal sealed class ForwardingMiddleware(
    ServiceConnections[] connectionsByService,
    int[] stripSegmentsByRoute,
    ResponseHeaders responseHeaders,
    Mirrors mirrors,
    AttemptTimers timers,
    TimeProvider clock,
    CancellationToken upgradesEnd,
    Action<GatewayContext, HttpRequestMessage>? transformRequest = null,
    Action<GatewayContext, HttpResponse>? transformResponse = null)
{
    private readonly ResponseForwarder _answers = new(responseHeaders, transformResponse);

    public Task InvokeAsync(GatewayContext context)
    {
        if (context.Upgrade is not null)
        {
            return UpgradeAsync(context);
        }

        mirrors.Begin(context, stripSegmentsByRoute[context.Route!.Index]);
        return ForwardAsync(context);
    }

    /// <summary>In one piece: each method that waits costs every request a state of its own.</summary>
    private async Task ForwardAsync(GatewayContext context)
    {
        bool hasBody = context.CanHaveBody;
        AttemptTimer timer = BeginTimer(context, hasBody);
        RequestBody? body = null;
        HttpResponseMessage? response = null;
        try
        {
            body = hasBody ? CreateBody(context, timer) : null;

            // 1. The message: method, address, body, headers.
            using HttpRequestMessage message = CreateMessage(context, body);
            try
            {
                // 2. Send it; 3. wait for the headers.
                context.UpstreamMs = 0;
                response = await SendAsync(context, message, body, timer.Token);
            }
            catch (Exception failure)
            {
                RefuseUnsent(context, failure, body, timer);
            }

            if (response is not null)
            {
                // 4. and 5.
                HeadersCame(context, response, timer, isUpgraded: false);
                await _answers.ForwardAsync(context, response, body, timer);
            }
        }
        finally
        {
            try
            {
                response?.Dispose();
            }
            finally
            {
                NoteDuration(context);
                if (body is not null)
                {
                    // Also when a defect of ours ends the exchange: nobody else may be reading when the server does.
                    await body.StopAsync();
                    context.BytesIn = body.BytesRead;
                }

                timers.Return(timer);
            }
        }
    }

    /// <summary>Of what was never sent there is none.</summary>
    private void NoteDuration(GatewayContext context)
    {
        if (context.UpstreamMs >= 0)
        {
            context.UpstreamMs = clock.GetElapsedTime(context.FirstAttemptAt).TotalMilliseconds;
        }
    }

    /// <summary>The body from where the attempt before, if there was one, has left it. It is kept if another attempt could send it again: also, over
    /// HTTP/2, because the instance says that it has not looked at it.</summary>
    private static RequestBody CreateBody(GatewayContext context, AttemptTimer timer)
    {
        HttpRequest request = context.Http.Request;
        RetryOptions retry = context.Service!.Options.Retry;
        if (context.Attempts < retry.MaxAttempts && context.Service.Instances.Length > 1 && (context.IsIdempotent || context.Service.Options.Http2)
            && (request.ContentLength ?? 0) <= retry.MaxBodyBytes)
        {
            context.Replay ??= new ReplayBuffer(retry.MaxBodyBytes);
        }

        return new RequestBody(request.BodyReader, request.ContentLength, context.Route!.MaxRequestBodyBytes, timer, context.Replay, context.Copy);
    }

    private AttemptTimer BeginTimer(GatewayContext context, bool hasBody)
    {
        HttpContext http = context.Http;
        bool isGrpc = GrpcCall.Is(http.Request);
        if (isGrpc && http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            // The messages of a stream come when there is something to say: Idle is their limit, not so many bytes a second.
            rate.MinDataRate = null;
        }

        return timers.Begin(context.Timeouts!, context.FirstAttemptAt, hasBody, isGrpc, http.RequestAborted);
    }

    private async Task UpgradeAsync(GatewayContext context)
    {
        AttemptTimer timer = BeginTimer(context, hasBody: false);
        try
        {
            var upgrade = new UpgradeHandshake(context, connectionsByService[context.Service!.Index]);
            if (await ShakeHandsAsync(context, upgrade, timer) is { } sides)
            {
                // Outside of the handshake, so that its message and response do not live as long as a WebSocket.
                await RelayAsync(context, sides, upgrade.IsWebSocket, timer);
            }
        }
        finally
        {
            // Two directions have held the timer's token: it serves nobody else.
            timer.Abandon();
            NoteDuration(context);
            timers.Return(timer);
        }
    }

    /// <returns>Where to go on when both sides have left HTTP; null when all is said.</returns>
    private async ValueTask<UpgradedSides?> ShakeHandsAsync(GatewayContext context, UpgradeHandshake upgrade, AttemptTimer timer)
    {
        using HttpRequestMessage message = CreateMessage(context, body: null);
        HttpResponseMessage response;
        try
        {
            context.UpstreamMs = 0;
            response = await upgrade.SendAsync(message, timer.Token);
        }
        catch (Exception failure)
        {
            RefuseUnsent(context, failure, body: null, timer);
            return null;
        }

        UpgradedSides? sides = null;
        try
        {
            HeadersCame(context, response, timer, upgrade.IsAccepted(response));
            if (upgrade.IsAccepted(response))
            {
                return sides = await AcceptAsync(context, response, upgrade, timer);
            }

            if (upgrade.IsSilentlyDeclined(response))
            {
                // The instance may, so nothing counts against it; but to the client the same status would be consent.
                context.ReportAttempt(AttemptResult.Success);
                await context.Refuse(GatewayError.UpstreamBadResponse, "The service does not go on in the protocol asked for.");
                return null;
            }

            await _answers.ForwardAsync(context, response, body: null, timer);
            return null;
        }
        finally
        {
            if (sides is null)
            {
                response.Dispose();
            }
        }
    }

    private HttpRequestMessage CreateMessage(GatewayContext context, RequestBody? body)
    {
        Uri address = ForwardedUri.Build(context.Instance!.Origin, context.Path, stripSegmentsByRoute[context.Route!.Index], context.Query);
        context.Spans?.AttemptAddressed(address);
        HttpRequestMessage message = RequestMessage.Create(context, address, body, context.Service!.Options.Http2);
        RequestMessage.NameHost(message, context.Instance);
        transformRequest?.Invoke(context, message);
        return message;
    }

    private Task<HttpResponseMessage> SendAsync(GatewayContext context, HttpRequestMessage message, RequestBody? body, CancellationToken cancellationToken)
    {
        ServiceConnections connections = connectionsByService[context.Service!.Index];
        return body is null ? connections.SendAsync(message, cancellationToken) : connections.SendAsync(message, body, cancellationToken);
    }

    private static void HeadersCame(GatewayContext context, HttpResponseMessage response, AttemptTimer timer, bool isUpgraded)
    {
        bool isStream = isUpgraded || ResponseForwarder.IsStream(response);
        long now = timer.HeadersCame(isStream);
        context.Spans?.AttemptAnswered((int)response.StatusCode);
        if ((int)response.StatusCode >= 500)
        {
            context.ReportAttempt(AttemptResult.Failure);
            HoldIfAsked(context.Service!, context.Instance!, response, timer.Clock);
            return;
        }

        context.Answered(now, timer.Clock);

        // A good answer is good at its end; but a stream may go on for hours, and must not hold a half-open circuit's probe.
        if (isStream)
        {
            context.BecameAStream();
            context.ReportAttempt(AttemptResult.Success);
        }
    }

    /// <summary>A 503 with Retry-After asks for a pause.</summary>
    internal static void HoldIfAsked(BackendService service, ServiceInstance instance, HttpResponseMessage response, TimeProvider clock)
    {
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable && response.Headers.RetryAfter is { } retryAfter)
        {
            service.Hold(instance, retryAfter.Delta ?? retryAfter.Date - clock.GetUtcNow() ?? TimeSpan.Zero);
        }
    }

    /// <summary>No answer came.</summary>
    private static void RefuseUnsent(GatewayContext context, Exception failure, RequestBody? body, AttemptTimer timer)
    {
        (GatewayError error, string? detail) = ForwardFailure.OfSending(failure, body, timer);

        // What was left of the total, after another instance had its part, says nothing about this one.
        bool wasCutShort = timer.Fired == TimeoutPhase.Total && context.Attempts > 1;
        context.ReportAttempt(wasCutShort ? AttemptResult.Neutral : ForwardFailure.Judge(error, failure));
        context.Fail(error, detail, ForwardFailure.RetryOf(error, failure, timer, body));
        if (timer.Fired == TimeoutPhase.FirstByte && body is null)
        {
            context.Instance!.Limit.TimedOut();
        }

        if (error == GatewayError.Internal)
        {
            // What no row of the table explains is a defect of ours, and is logged as one.
            ExceptionDispatchInfo.Throw(failure);
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
}
