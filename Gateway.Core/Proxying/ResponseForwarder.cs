using System.IO.Pipelines;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Proxying;

/// <summary>Brings the service's answer to the client: headers, body, trailers. What goes wrong is told to the context and to the instance's breaker.</summary>
/// <param name="headers">Copies the head.</param>
/// <param name="transform">The application's own; null for none.</param>
internal sealed class ResponseForwarder(ResponseHeaders headers, Action<GatewayContext, HttpResponse>? transform = null)
{
    /// <summary>Returns when the answer is with the server, and the request with the service.</summary>
    /// <param name="context">The request, its attempt under way.</param>
    /// <param name="response">The answer, its headers read. Not disposed.</param>
    /// <param name="body">The request's body, if it has one: it may still be on its way.</param>
    /// <param name="timer">Of the attempt.</param>
    public ValueTask ForwardAsync(GatewayContext context, HttpResponseMessage response, RequestBody? body, AttemptTimer timer)
    {
        ValueTask answered = ValueTask.CompletedTask;
        if (headers.Copy(response, context.Http) is { } problem)
        {
            context.ReportAttempt(AttemptResult.Failure);
            _ = context.Refuse(GatewayError.UpstreamBadResponse, problem);
            return body is null ? answered : FinishRequestAsync(answered, context, response, body);
        }

        if (transform is not null)
        {
            Transform(context, (int)response.StatusCode, transform);
        }

        // Either may say that there is no body: the service for itself, and what has been made of its answer.
        if (context.Http.Request.Method == HttpMethods.Head
            || ResponseHeaders.NeverHasBody((int)response.StatusCode) || ResponseHeaders.NeverHasBody(context.Http.Response.StatusCode))
        {
            context.ReportAttempt(AttemptResult.Success);
        }
        else
        {
            answered = ForwardBodyAsync(context, response, body, timer);
        }

        return body is null ? answered : FinishRequestAsync(answered, context, response, body);
    }

    /// <summary>How the body is framed stays the gateway's to say, since the body stays the service's.</summary>
    private static void Transform(GatewayContext context, int status, Action<GatewayContext, HttpResponse> transform)
    {
        HttpResponse to = context.Http.Response;
        long? length = to.ContentLength;
        transform(context, to);
        to.Headers.TransferEncoding = default;
        bool hasNone = ResponseHeaders.NeverHasBody(to.StatusCode);
        to.ContentLength = hasNone && to.StatusCode != StatusCodes.Status304NotModified ? null
            : !hasNone && ResponseHeaders.NeverHasBody(status) && context.Http.Request.Method != HttpMethods.Head ? 0
            : length;
    }

    private async ValueTask ForwardBodyAsync(GatewayContext context, HttpResponseMessage response, RequestBody? body, AttemptTimer timer)
    {
        HttpContext http = context.Http;
#pragma warning disable CA1849 // HttpClient has the stream already: nothing blocks, and there is no task to be made.
        Stream stream = response.Content.ReadAsStream(timer.Token);
#pragma warning restore CA1849
        PipeWriter client = ResponseTrailers.Open(http, response);
        (CopyResult result, long bytes, Exception? failure) = await BodyCopier.CopyAsync(stream, client, http.Response.ContentLength, timer);
        context.BytesOut = bytes;
        if (result == CopyResult.Complete && (response.Version.Major >= 2 || client is ChunkedWriter || !HttpProtocol.IsHttp11(http.Request.Protocol)))
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
            if (!http.Response.HasStarted)
            {
                // An application's own stream holds them back, and would send them as the beginning of another answer.
                http.Abort();
            }
        }

        (GatewayError error, string? detail) = ForwardFailure.OfAnswering(result, failure, timer, body);

        // A read from the service may be left waiting: it must not hold on to a token that serves another attempt.
        timer.Abandon();
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

        if (!ResponseTrailers.Write(http, response, client, headers))
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
    private static async ValueTask FinishRequestAsync(ValueTask answered, GatewayContext context, HttpResponseMessage response, RequestBody body)
    {
        await answered;
        if (body.IsUnderWay && context.Error == GatewayError.None
            && response.Version.Major >= 2 && !GatewayContext.IsHttp1(context.Http.Request))
        {
            await context.Http.Response.CompleteAsync();
            await body.Finished;
        }
    }

    /// <summary>Event streams, and gRPC, where nothing tells from outside whether one message is to come or many.</summary>
    public static bool IsStream(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out System.Net.Http.Headers.HeaderStringValues type)
        && (type.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) || GrpcCall.IsContentType(type.ToString()));
}
