using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Errors;
using Gateway.Host.Redis;

namespace Gateway.Host.Configuration;

/// <summary>The file with the secret by which gateways believe each other's entries, and what else of <see cref="SharedTokenOptions"/> only the binary
/// can check.</summary>
internal static class SharedTokenFile
{
    private const int MaxBytes = 4096;

    /// <summary>The secret; null when the file cannot be used, for the reason in <paramref name="problem"/>.</summary>
    public static byte[]? Read(string path, out string? problem)
    {
        byte[]? secret = FileContent.Read(path, MaxBytes, out problem);
        if (secret?.Length < SharedTokenStore.MinSecretBytes)
        {
            problem = $"holds {secret.Length} bytes; a secret needs at least {SharedTokenStore.MinSecretBytes}";
        }

        return problem is null ? secret : null;
    }

    /// <summary>The way to the store.</summary>
    /// <exception cref="ArgumentException">The file has become unusable since it was checked.</exception>
    public static SharedTokenStore Connect(SharedTokenOptions options) => Read(options.KeyFile!, out string? problem) is { } secret
        ? new RedisTokens(options, secret)
        : throw new ArgumentException($"The file '{options.KeyFile}' {problem}.", nameof(options));

    /// <param name="at">Key of the section.</param>
    /// <param name="options">The section.</param>
    /// <param name="directory">What a relative file starts from.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    public static void Validate(string at, SharedTokenOptions options, string directory, OptionErrors errors)
    {
        if (options.Redis is { Length: > 0 } address && RedisConnection.ProblemOf(address) is { } problem)
        {
            errors.Add($"{at}:{nameof(options.Redis)}", problem);
        }

        if (options.KeyFile is not null && Read(Path.Combine(directory, options.KeyFile), out string? fault) is null)
        {
            errors.Add($"{at}:{nameof(options.KeyFile)}", $"the file '{options.KeyFile}' {fault}");
        }
    }

    /// <summary>The same options, with the file as it is found from anywhere.</summary>
    public static GatewayOptions Resolve(GatewayOptions options, string directory) => options.Auth.Shared.KeyFile is not { } file ? options
        : options with { Auth = options.Auth with { Shared = options.Auth.Shared with { KeyFile = Path.Combine(directory, file) } } };
}
