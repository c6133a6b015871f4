using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.Extensions.Logging;

namespace Gateway.Core;

/// <summary>Events of the gateway itself, beside the access log.</summary>
internal static partial class PipelineLog
{
    [LoggerMessage(100, LogLevel.Error, "Request {CorrelationId:l} met a defect of the gateway")]
    public static partial void RequestDefect(ILogger logger, string correlationId, Exception defect);

    /// <summary>What an exception that came out of the stages means; a defect is logged.</summary>
    public static GatewayError ErrorOf(ILogger logger, Exception failure, GatewayContext context)
    {
        if (failure is OperationCanceledException && context.Http.RequestAborted.IsCancellationRequested)
        {
            return GatewayError.ClientClosed;
        }

        RequestDefect(logger, context.CorrelationId, failure);
        return GatewayError.Internal;
    }

    [LoggerMessage(102, LogLevel.Warning, "The gateway cannot see how late it is, and never lowers its limit of requests: {Failure:l}")]
    public static partial void DelayUnknown(ILogger logger, string failure);

    [LoggerMessage(103, LogLevel.Warning, "The application's check of tokens failed; the token is unknown")]
    public static partial void TokenCheckFailed(ILogger logger, Exception failure);

    [LoggerMessage(105, LogLevel.Error, "The new configuration is in force, and something beside requests could not follow it")]
    public static partial void ReloadDefect(ILogger logger, Exception defect);

    [LoggerMessage(104, LogLevel.Error, "The application's {Listener:l} threw")]
    public static partial void ListenerFailed(ILogger logger, string listener, Exception failure);

    /// <summary>Writes what happens to instances.</summary>
    public static InstanceWatcher Watcher(ILogger logger) => (service, instance, happened, why) =>
    {
        switch (happened)
        {
            case InstanceEvent.Unhealthy:
                InstanceUnhealthy(logger, service.Name, instance.Name, why);
                break;
            case InstanceEvent.Healthy:
                InstanceHealthy(logger, service.Name, instance.Name);
                break;
            case InstanceEvent.CircuitOpened:
                CircuitOpened(logger, service.Name, instance.Name, why);
                break;
            case InstanceEvent.CircuitClosed:
                CircuitClosed(logger, service.Name, instance.Name);
                break;
            case InstanceEvent.Ejected:
                InstanceEjected(logger, service.Name, instance.Name, why);
                break;
            case InstanceEvent.Returned:
                InstanceReturned(logger, service.Name, instance.Name);
                break;
        }
    };

    [LoggerMessage(200, LogLevel.Warning, "Instance {Instance:l} of service {Service:l} is unhealthy: {Failure:l}")]
    public static partial void InstanceUnhealthy(ILogger logger, string service, string instance, string? failure);

    [LoggerMessage(201, LogLevel.Information, "Instance {Instance:l} of service {Service:l} is healthy again")]
    public static partial void InstanceHealthy(ILogger logger, string service, string instance);

    [LoggerMessage(202, LogLevel.Warning, "Circuit of instance {Instance:l} of service {Service:l} is open: {Why:l}")]
    public static partial void CircuitOpened(ILogger logger, string service, string instance, string? why);

    [LoggerMessage(203, LogLevel.Information, "Circuit of instance {Instance:l} of service {Service:l} is closed again")]
    public static partial void CircuitClosed(ILogger logger, string service, string instance);

    [LoggerMessage(204, LogLevel.Warning, "Instance {Instance:l} of service {Service:l} is ejected: {Why:l}")]
    public static partial void InstanceEjected(ILogger logger, string service, string instance, string? why);

    [LoggerMessage(205, LogLevel.Information, "Ejection of instance {Instance:l} of service {Service:l} is over")]
    public static partial void InstanceReturned(ILogger logger, string service, string instance);

    [LoggerMessage(212, LogLevel.Warning, "The store of rate limits is away, each gateway decides by itself: {Failure:l}")]
    public static partial void StoreAway(ILogger logger, string failure);

    [LoggerMessage(213, LogLevel.Information, "The store of rate limits is back")]
    public static partial void StoreBack(ILogger logger);

    [LoggerMessage(214, LogLevel.Warning, "The store of tokens is away, revocations reach this gateway alone, and older entries are checked again: {Failure:l}")]
    public static partial void TokenStoreAway(ILogger logger, string failure);

    [LoggerMessage(215, LogLevel.Information, "The store of tokens is back")]
    public static partial void TokenStoreBack(ILogger logger);

    [LoggerMessage(216, LogLevel.Error, "{Count} revocations never reached the other gateways: this one ended before the store of tokens was back; revoke them again")]
    public static partial void RevocationsUntold(ILogger logger, int count);

    [LoggerMessage(206, LogLevel.Warning, "Host name {Name:l} cannot be resolved: {Failure:l}; known addresses that stay in use: {Known}")]
    public static partial void NameUnresolved(ILogger logger, string name, string failure, int known);

    [LoggerMessage(207, LogLevel.Information, "Host name {Name:l} can be resolved again; addresses: {Known}")]
    public static partial void NameResolved(ILogger logger, string name, int known);

    [LoggerMessage(208, LogLevel.Information, "Service {Service:l} has other instances now: {Count}")]
    public static partial void InstancesChanged(ILogger logger, string service, int count);

    [LoggerMessage(209, LogLevel.Warning, "Instances of service {Service:l} cannot be discovered: {Failure:l}; those known stay in use: {Count}")]
    public static partial void DiscoveryLost(ILogger logger, string service, string? failure, int count);

    [LoggerMessage(210, LogLevel.Information, "Instances of service {Service:l} can be discovered again")]
    public static partial void DiscoveryFound(ILogger logger, string service);

    [LoggerMessage(211, LogLevel.Error, "Instances that were discovered could not be put in force; those before stay in use")]
    public static partial void DiscoveryDefect(ILogger logger, Exception defect);
}
