using System.Text.Json.Serialization;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Host.Serving;

namespace Gateway.Host.Admin;

/// <summary>What <c>PATCH /admin/v1/services/{service}/instances/{instance}</c> takes.</summary>
internal sealed class InstanceRequest
{
    /// <summary><c>ready</c>, <c>drain</c> or <c>down</c>.</summary>
    public required string State { get; init; }
}

/// <summary>What a change answers.</summary>
/// <param name="Result">A sentence.</param>
internal sealed record ChangeAnswer(string Result);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(InstanceRequest))]
internal sealed partial class ChangeJson : JsonSerializerContext;

/// <summary>What operators change by the admin port while the gateway serves: each is logged with who asked. Whether they may is found out before.</summary>
/// <param name="pipeline">The gateway.</param>
/// <param name="drain">Its draining.</param>
/// <param name="reload">Loads the configuration anew and tells what became of it; null as long as there are no files to load it from.</param>
/// <param name="log">Gets every change.</param>
internal sealed partial class OperatorChanges(GatewayPipeline pipeline, DrainControl drain, Func<Func<Task<ReloadStatus?>>?> reload, ILogger log)
{
    private const int MaxBody = 1024;

    private const string Form = """Write {"state":"ready"}, {"state":"drain"} or {"state":"down"}.""";

    private const string Ending = "The gateway is ending, which cannot be taken back.";

    public Task DrainAsync(HttpContext http) => SetDrainAsync(http, DrainState.Manual,
        "The gateway is draining: /health/ready is 503, and every answer asks its client to close. DELETE ends that.");

    public Task StayAsync(HttpContext http) => SetDrainAsync(http, DrainState.Off, "The gateway is not draining any more.");

    public async Task SetInstanceAsync(HttpContext http, string serviceName, string instanceName)
    {
        (InstanceRequest? request, AdminProblem? problem) = await AdminBody.ReadAsync(http, ChangeJson.Default.InstanceRequest, MaxBody, Form);
        OperatorState? state = request?.State switch
        {
            "ready" => OperatorState.Ready,
            "drain" => OperatorState.Drain,
            "down" => OperatorState.Down,
            _ => null,
        };
        if (state is null)
        {
            await (problem ?? AdminProblem.Of(StatusCodes.Status400BadRequest, Form)).WriteAsync(http);
            return;
        }

        if (await FindAsync(http, serviceName, instanceName) is { } found)
        {
            found.Service.SetOperatorState(found.Instance, state.Value);
            string rest = found.Service.Healthy.Length == 0 ? $" No instance of {serviceName} gets requests now." : "";
            await DoneAsync(http, state switch
            {
                OperatorState.Ready => $"Instance {instanceName} of {serviceName} gets requests again, if it is well.",
                OperatorState.Drain => $"Instance {instanceName} of {serviceName} gets no new requests; {found.Instance.InFlight} are under way.{rest}",
                _ => $"Instance {instanceName} of {serviceName} is down; {found.Instance.InFlight} requests are under way.{rest}",
            });
        }
    }

    public async Task ResetCircuitAsync(HttpContext http, string serviceName, string instanceName)
    {
        if (await FindAsync(http, serviceName, instanceName) is { } found)
        {
            found.Service.Reset(found.Instance);
            await DoneAsync(http, $"The circuit of instance {instanceName} of {serviceName} is closed, and what its requests had against it is forgotten.");
        }
    }

    public async Task ReloadAsync(HttpContext http)
    {
        if (reload() is not { } load)
        {
            await AdminProblem.Of(StatusCodes.Status409Conflict, "This gateway's configuration does not come from files that could be read again.").WriteAsync(http);
            return;
        }

        if (await load() is not { } status)
        {
            await AdminProblem.Of(StatusCodes.Status409Conflict, Ending).WriteAsync(http);
            return;
        }

        if (status.Problems.Count > 0)
        {
            LogChange(log, $"Refused to reload: {status.Problems.Count} problems", Peer(http));
            await AdminProblem.Of(StatusCodes.Status422UnprocessableEntity,
                $"Configuration {status.Generation} stays in force. {string.Join(" · ", status.Problems)}").WriteAsync(http);
            return;
        }

        await DoneAsync(http, $"Configuration {status.Generation} is in force.");
    }

    private Task SetDrainAsync(HttpContext http, DrainState state, string done) => drain.TrySet(state) ? DoneAsync(http, done)
        : AdminProblem.Of(StatusCodes.Status409Conflict, Ending).WriteAsync(http);

    private async Task<(BackendService Service, ServiceInstance Instance)?> FindAsync(HttpContext http, string serviceName, string instanceName)
    {
        BackendService? service = Array.Find(pipeline.Parts.Services, service => service.Name == serviceName);
        ServiceInstance? instance = service?.Instances.FirstOrDefault(instance => instance.Name == instanceName);
        if (instance is not null)
        {
            return (service!, instance);
        }

        await AdminProblem.Of(StatusCodes.Status404NotFound, service is null
            ? "There is no service of this name; GET /admin/v1/services lists them." : "The service has no instance of this name; GET /admin/v1/services lists them.").WriteAsync(http);
        return null;
    }

    private Task DoneAsync(HttpContext http, string result)
    {
        LogChange(log, result, Peer(http));
        return AdminAnswer.WriteAsync(http, new ChangeAnswer(result), AdminJson.Plain.ChangeAnswer);
    }

    private static string? Peer(HttpContext http) => http.Connection.RemoteIpAddress?.ToString();

    [LoggerMessage(311, LogLevel.Information, "By the admin port, asked from {Peer:l}: {Change:l}")]
    private static partial void LogChange(ILogger logger, string change, string? peer);
}
