using Gateway.Core.Errors;

namespace Gateway.Core.Configuration;

/// <summary>The gateway's configuration cannot be used. Its message has a line for every error.</summary>
public sealed class GatewayConfigurationException : Exception
{
    internal GatewayConfigurationException(IReadOnlyList<OptionError> errors)
        : base(string.Join('\n', errors.Select(static error => ConfigurationProblem.Printable(error.ToString())).Prepend("The gateway's configuration cannot be used:"))) =>
        Errors = errors;

    /// <summary>All that is wrong, each with its key; at least one.</summary>
    public IReadOnlyList<OptionError> Errors { get; }

    internal static GatewayOptions ThrowIfInvalid(GatewayOptions options, GatewayExtensions? extensions = null) =>
        options.Validate(extensions) is { Count: > 0 } errors ? throw new GatewayConfigurationException(errors) : options;
}
