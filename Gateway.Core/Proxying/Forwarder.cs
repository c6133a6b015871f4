using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Core.Proxying;

/// <summary>
/// Sends the request to the chosen instance and streams the answer back: one attempt, the end of the way.
/// <code>
///   client ──(1) message──▶ gateway ──(2) send, with the body as it comes──▶ instance
///   client ◀──(4) headers── gateway ◀──(3) headers, or what went wrong────── instance
///   client ◀──(5) body───── gateway ◀──────────────────────────────────────── instance
/// </code>
/// Nothing is buffered but the piece that is on its way. Every failure becomes one row of the error table (<see cref="ForwardFailure"/>).
/// </summary>
internal sealed class Forwarder(ServiceConnections[] connectionsByService, int[] stripSegmentsByRoute, ResponseHeaders responseHeaders, TimeProvider clock)
{
    public async Task InvokeAsync(GatewayContext context)
    {
        HttpContext http = context.Http;
        BackendService service = context.Route!.Service;
        long sentAt = clock.GetTimestamp();
        bool hasBody = http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;
        using var timer = new AttemptTimer(service.Options.Timeouts, clock, sentAt, hasBody, http.RequestAborted);

        // 1. The message: method, address, body, headers.
        RequestBody? body = hasBody ? new RequestBody(http.Request.BodyReader, http.Request.ContentLength, context.Route.MaxRequestBodyBytes, timer) : null;
        using HttpRequestMessage message = CreateMessage(context, body);

        // 2. Send it; 3. wait for the headers.
        HttpResponseMessage? response = await SendAsync(context, message, body, timer);
        context.UpstreamMs = clock.GetElapsedTime(sentAt).TotalMilliseconds;
        if (response is not null)
        {
            using (response)
            {
                // 4. and 5.
                await AnswerAsync(context, response, timer);
            }

            context.UpstreamMs = clock.GetElapsedTime(sentAt).TotalMilliseconds;
        }

        if (body is not null)
        {
            await body.StopAsync();
            context.BytesIn = body.BytesRead;
        }
    }

    private HttpRequestMessage CreateMessage(GatewayContext context, RequestBody? body)
    {
        HttpRequest request = context.Http.Request;
        var message = new HttpRequestMessage(
            HttpMethod.Parse(request.Method),
            ForwardedUri.Build(context.Instance!.Origin, context.Path, stripSegmentsByRoute[context.Route!.Index], context.Query))
        {
            Content = body is not null ? body : request.ContentLength == 0 || !IsRepeatable(request.Method) ? new ByteArrayContent([]) : null,
        };
        RequestHeaders.Copy(context, message);
        return message;
    }

    private async ValueTask<HttpResponseMessage?> SendAsync(GatewayContext context, HttpRequestMessage message, RequestBody? body, AttemptTimer timer)
    {
        try
        {
            HttpResponseMessage response =
                await connectionsByService[context.Route!.Service.Index].SendAsync(message, timer.Token);
            bool isStream = IsEventStream(response);
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
            context.ReportAttempt(ForwardFailure.Judge(error));
            await context.Refuse(error, detail);
            return null;
        }
    }

    private async ValueTask AnswerAsync(GatewayContext context, HttpResponseMessage response, AttemptTimer timer)
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
        (CopyResult result, long bytes, Exception? failure) =
            await BodyCopier.CopyAsync(stream, http.Response.BodyWriter, http.Response.ContentLength, timer);
        context.BytesOut = bytes;
        if (result == CopyResult.Complete)
        {
            context.ReportAttempt(AttemptResult.Success);
            return;
        }

        (GatewayError error, string? detail) = ForwardFailure.OfAnswering(result, failure, timer);
        context.ReportAttempt(result == CopyResult.ClientFailed ? AttemptResult.Neutral : ForwardFailure.Judge(error));
        await context.Refuse(error, detail);
    }

    /// <summary>
    /// HttpClient quietly repeats a request without content when a pooled connection breaks (a POST was seen three times): only for
    /// methods that change nothing may it, so all others have content, if an empty one.
    /// </summary>
    private static bool IsRepeatable(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static bool IsEventStream(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out System.Net.Http.Headers.HeaderStringValues type)
        && type.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
