using Microsoft.Extensions.Logging;

namespace Gateway.Core;

/// <summary>Events of the gateway itself, beside the access log.</summary>
internal static partial class PipelineLog
{
    [LoggerMessage(100, LogLevel.Error, "Request {CorrelationId:l} met a defect of the gateway")]
    public static partial void RequestDefect(ILogger logger, string correlationId, Exception defect);

    [LoggerMessage(200, LogLevel.Warning, "Instance {Instance:l} of service {Service:l} is unhealthy: {Failure:l}")]
    public static partial void InstanceUnhealthy(ILogger logger, string service, string instance, string? failure);

    [LoggerMessage(201, LogLevel.Information, "Instance {Instance:l} of service {Service:l} is healthy again")]
    public static partial void InstanceHealthy(ILogger logger, string service, string instance);

    [LoggerMessage(202, LogLevel.Warning, "Host name {Name:l} cannot be resolved: {Failure:l}; known addresses that stay in use: {Known}")]
    public static partial void NameUnresolved(ILogger logger, string name, string failure, int known);

    [LoggerMessage(203, LogLevel.Information, "Host name {Name:l} can be resolved again; addresses: {Known}")]
    public static partial void NameResolved(ILogger logger, string name, int known);
}
