using Gateway.Core.Configuration;

namespace Gateway.Host.Configuration;

/// <summary>One <c>--set Key:Path=value</c> of the command line; overrides every file and variable.</summary>
internal sealed record SetOption
{
    private SetOption(string key, string value) => (Key, Value) = (key, value);

    /// <summary>Key with colons.</summary>
    public string Key { get; }

    /// <summary>All that follows the first equals sign.</summary>
    public string Value { get; }

    /// <summary>Reads the option's argument; null when it is bad usage, which <paramref name="problem"/> then explains.</summary>
    public static SetOption? Parse(string argument, out string? problem)
    {
        int equals = argument.IndexOf('=');
        string key = equals < 0 ? "" : argument[..equals].Trim();
        problem = key.Length == 0
            ? $"--set {ConfigurationProblem.Quote(argument)} is not Key:Path=value, as in --set Gateway:Auth:Timeout=00:00:05"
            : null;
        return problem is null ? new SetOption(key, argument[(equals + 1)..]) : null;
    }
}
