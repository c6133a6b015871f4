using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Responses;

/// <summary>Finishes a request, whatever became of it: the error's answer, the metrics, the log line. Every way out passes here, once.</summary>
internal sealed class ResponseCompletion(GatewayMetrics metrics, AccessLog log, TimeProvider clock)
{
    /// <summary>Longest path and agent in a log entry, in characters: lines wait in a queue, and clients must not decide how much memory it takes.</summary>
    internal const int MaxPath = RequestSpans.MaxPath, MaxUserAgent = RequestSpans.MaxUserAgent;

    public Task FinishAsync(GatewayContext context)
    {
        if (context.Error != GatewayError.None)
        {
            return RefuseAsync(context);
        }

        Record(context, context.Http.Response.StatusCode, context.Http.Response.StatusCode);
        return Task.CompletedTask;
    }

    private async Task RefuseAsync(GatewayContext context)
    {
        bool hasBegun = context.Http.Response.HasStarted;
        bool isUnanswered = context.Error == GatewayError.ClientClosed && !hasBegun;
        try
        {
            await ErrorResponder.RespondAsync(context);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or BadHttpRequestException)
        {
            // The client left while its error was being written: the log line says what it would have been told, the span what HTTP has said.
            isUnanswered = !hasBegun;
        }
        finally
        {
            Record(context, StatusOf(context, hasBegun), isUnanswered ? null : context.Http.Response.StatusCode);
        }
    }

    /// <summary>Counts and logs a request whose answer is written, or is not ours to write.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">What the client was told, as the log and the metrics have it.</param>
    /// <param name="sent">What HTTP said, for the span; null when there was no answer.</param>
    public void Record(GatewayContext context, int status, int? sent)
    {
        double seconds = clock.GetElapsedTime(context.StartedAt).TotalSeconds;
        metrics.RequestFinished(
            context.Route?.Name, context.Service?.Name, context.Http.Request.Method, status, context.Error, seconds, context.UpstreamMs);
        (context.Route?.Figures ?? metrics.Unrouted).Answered(status, seconds * 1000);
        context.Service?.Figures.Answered(status, seconds * 1000);
        context.Spans?.End(
            context.Route?.Name, context.Route?.Options.Pattern, context.Service?.Name, sent,
            context.Error == GatewayError.None ? null : context.Error.Row());
        log(Entry(context, status, seconds));
    }

    private AccessLogEntry Entry(GatewayContext context, int status, double seconds)
    {
        HttpRequest request = context.Http.Request;
        ErrorRow? row = context.Error == GatewayError.None ? null : context.Error.Row();
        return new AccessLogEntry
        {
            Timestamp = clock.GetUtcNow(),
            Level = row?.Level ?? (status >= 500 ? LogLevel.Warning : LogLevel.Information),
            CorrelationId = context.CorrelationId,
            Method = request.Method,
            Path = RequestSpans.Cut(context.Path, MaxPath),
            UserId = context.User?.UserId,
            BackendService = context.Service?.Name,
            ResponseTimeMs = seconds * 1000,
            StatusCode = status,
            Error = row?.Reason,
            UserAgent = request.Headers.UserAgent.Count == 0 ? null : RequestSpans.Cut(request.Headers.UserAgent.ToString(), MaxUserAgent),
            ClientIp = context.ClientIpText,
            Route = context.Route?.Name,
            Instance = context.Instance?.Name,
            Attempts = context.Attempts,
            UpstreamMs = context.UpstreamMs < 0 ? null : context.UpstreamMs,
            BytesIn = context.BytesIn,
            BytesOut = context.BytesOut,
            TraceParent = context.TraceParent,
        };
    }

    /// <summary>
    /// The status of the answer; where one broke off after its head, the head's status stands, and the reason says the rest. An error
    /// has its own status on a gRPC call too, where HTTP says 200 to everything: what counts is what the gateway meant.
    /// </summary>
    private static int StatusOf(GatewayContext context, bool hasBegun) =>
        hasBegun && context.Error != GatewayError.ClientClosed ? context.Http.Response.StatusCode : context.Error.Row().Status;
}
