namespace Gateway.Core.Errors;

/// <summary>Options, written in code or read from configuration, that cannot be used. Its message has a line for every error.</summary>
public sealed class GatewayOptionsException : ArgumentException
{
    internal GatewayOptionsException(IReadOnlyList<OptionError> errors)
        : base(string.Join('\n', errors.Select(static error => Printable.Of(error.ToString())).Prepend("The options of the gateway cannot be used:"))) =>
        Errors = errors;

    /// <summary>All that is wrong, each with its key; at least one.</summary>
    public IReadOnlyList<OptionError> Errors { get; }

    /// <exception cref="GatewayOptionsException">There are errors.</exception>
    internal static void ThrowIfAny(IReadOnlyList<OptionError> errors)
    {
        if (errors.Count > 0)
        {
            throw new GatewayOptionsException(errors);
        }
    }
}
