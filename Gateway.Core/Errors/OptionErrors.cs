namespace Gateway.Core.Errors;

/// <summary>One thing wrong with the options.</summary>
/// <param name="Key">Where: the configuration key with colons, for example <c>Gateway:Services:cart:Instances:0:Url</c>.</param>
/// <param name="Message">What, in one sentence for the person who wrote the value.</param>
public sealed record OptionError(string Key, string Message)
{
    /// <summary>The key, a colon and the message.</summary>
    public override string ToString() => $"{Key}: {Message}";
}

/// <summary>Gathers every error of a set of options, so that all are reported at once.</summary>
internal sealed class OptionErrors
{
    private readonly List<OptionError> _errors = [];

    public IReadOnlyList<OptionError> All => _errors;

    public void Add(string key, string message) => _errors.Add(new OptionError(key, message));

    /// <exception cref="GatewayOptionsException">There is an error.</exception>
    public void ThrowIfAny() => GatewayOptionsException.ThrowIfAny(_errors);

    /// <summary>Checks that a whole number lies within its bounds, both inclusive.</summary>
    public void Range(string key, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            Add(key, $"{value} is out of range; allowed are {min} to {max}");
        }
    }

    /// <summary>Checks that a duration lies within its bounds, both inclusive.</summary>
    public void Range(string key, TimeSpan value, TimeSpan min, TimeSpan max)
    {
        if (value < min || value > max)
        {
            Add(key, $"{value} is out of range; allowed are {min} to {max}");
        }
    }

    /// <summary>Checks a name that becomes a metric label and part of admin paths: 1–64 of letters, digits, <c>. _ -</c>.</summary>
    public void Name(string key, string name)
    {
        if (name.Length is 0 or > 64 || name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            Add(key, $"'{name}' is not a usable name; names are 1 to 64 letters, digits, '.', '_' or '-'");
        }
    }

    /// <summary>Checks what the keys in a shared store begin with: 1–64 of letters, digits, <c>- _ . :</c>.</summary>
    public void Prefix(string key, string prefix)
    {
        if (prefix.Length is 0 or > MaxPrefix || prefix.AsSpan().ContainsAnyExcept(PrefixCharacters))
        {
            Add(key, $"'{prefix}' is not a prefix; allowed are 1 to {MaxPrefix} letters, digits, '-', '_', '.' and ':'");
        }
    }

    private const int MaxPrefix = 64;

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private static readonly System.Buffers.SearchValues<char> PrefixCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");
}
