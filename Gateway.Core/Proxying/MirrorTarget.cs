using System.Buffers;
using Gateway.Core.Backends;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;

namespace Gateway.Core.Proxying;

/// <summary>Chooses an instance and takes a place within its limit and its breaker's leave, both to be given back; null when nobody can be asked.</summary>
internal delegate (ServiceInstance Instance, CircuitPass Pass)? InstanceChoice();

/// <summary>How copies of requests ended: the closed list of the label in <c>gateway_mirrored_requests_total</c>.</summary>
internal static class MirrorOutcome
{
    public const string Success = "success", ServerError = "server_error", Timeout = "timeout", Failure = "failure", NoInstance = "no_instance",
        NoPlace = "no_place", BodyTooLong = "body_too_long", BodyIncomplete = "body_incomplete", Dropped = "dropped";
}

/// <summary>Asks a service for an answer that nobody wants, by the same rules as one that somebody does: instance, timeouts, circuit, limit.</summary>
/// <param name="service">Who is asked.</param>
/// <param name="connections">To it.</param>
/// <param name="choose">Among its instances.</param>
/// <param name="timers">For its timeouts.</param>
/// <param name="stop">Drops what is under way.</param>
internal sealed class MirrorTarget(
    BackendService service, ServiceConnections connections, InstanceChoice choose, AttemptTimers timers, CancellationToken stop)
{
    /// <summary>Bytes of an answer that are read, so that its connection serves again; one with more is not worth it and is given up.</summary>
    internal const long MaxAnswerBytes = 1 << 20;

    private const int Piece = 16 << 10;

    public bool IsHttp2 => service.Options.Http2;

    /// <summary>Sends the copy and reads the answer to its end.</summary>
    /// <returns>One of <see cref="MirrorOutcome"/>.</returns>
    public async Task<string> AskAsync(MirrorCopy copy, int stripSegments, TimeProvider clock)
    {
        if (choose() is not { } chosen)
        {
            return MirrorOutcome.NoInstance;
        }

        (ServiceInstance instance, CircuitPass pass) = chosen;
        instance.Enter();
        int place = instance.Limit.InFlight;
        long startedAt = clock.GetTimestamp();
        AttemptTimer timer = timers.Begin(service.Options.Timeouts, startedAt, copy.HasBody, isGrpc: false, stop);
        AttemptResult result = AttemptResult.Neutral;
        TimeSpan? latency = null;
        try
        {
            copy.Address(instance, stripSegments, timer.BodySent);
            using HttpResponseMessage response = await connections.SendAsync(copy.Message, timer.Token);
            long answeredAt = timer.HeadersCame(isStream: false);
            if ((int)response.StatusCode >= 500)
            {
                result = AttemptResult.Failure;
                ForwardingMiddleware.HoldIfAsked(service, instance, response, clock);
            }
            else if (!copy.HasBody)
            {
                latency = clock.GetElapsedTime(startedAt, answeredAt);
                instance.Limit.Answered(latency.Value, place);
            }

            await ReadToEndAsync(response, timer);
            result = result == AttemptResult.Failure ? result : AttemptResult.Success;
            return result == AttemptResult.Failure ? MirrorOutcome.ServerError : MirrorOutcome.Success;
        }
        catch (Exception failure)
        {
            GatewayError error = ForwardFailure.OfSending(failure, body: null, timer).Error;
            result = result == AttemptResult.Failure ? result : ForwardFailure.Judge(error);
            if (timer.Fired == TimeoutPhase.FirstByte && !copy.HasBody)
            {
                instance.Limit.TimedOut();
            }

            return error switch
            {
                GatewayError.ClientClosed => MirrorOutcome.Dropped,
                GatewayError.UpstreamTimeout => MirrorOutcome.Timeout,
                _ => MirrorOutcome.Failure,
            };
        }
        finally
        {
            timers.Return(timer);
            instance.Leave();
            instance.Limit.Leave();
            service.Record(instance, pass, result, latency);
        }
    }

    private static async ValueTask ReadToEndAsync(HttpResponseMessage response, AttemptTimer timer)
    {
#pragma warning disable CA1849 // HttpClient has the stream already: nothing blocks, and there is no task to be made.
        Stream stream = response.Content.ReadAsStream(timer.Token);
#pragma warning restore CA1849
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            int read;
            for (long all = 0; all <= MaxAnswerBytes && (read = await stream.ReadAsync(buffer, timer.Token)) > 0; all += read)
            {
                timer.Progress();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
