namespace Gateway.Benchmarks.Scenarios;

/// <summary>One kind of request that a scenario sends, and the answer that it must get.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path and query.</param>
internal sealed record RequestShape(string Name, string Method, string Path)
{
    /// <summary>The field of a login's answer that holds its token, up to the value.</summary>
    private static ReadOnlySpan<byte> TokenField => "\"access_token\":\""u8;

    /// <summary>JSON; null for no body.</summary>
    public string? Body { get; init; }

    /// <summary>A bearer token that is valid from the start; null for none, or for the login's.</summary>
    public string? Token { get; init; }

    /// <summary>It carries the token that the login before it in the same visit got.</summary>
    public bool UsesLogin { get; init; }

    /// <summary>Its answer holds a token for those after it.</summary>
    public bool IsLogin { get; init; }

    /// <summary>The one status that is right; anything else counts as an error.</summary>
    public int Expected { get; init; } = 200;

    /// <summary>Sent in order to be answered with an error.</summary>
    public bool IsIntendedError => Expected >= 400;

    /// <summary>The token in a login's answer; empty when there is none.</summary>
    public static ReadOnlySpan<byte> TokenIn(ReadOnlySpan<byte> answer)
    {
        int field = answer.IndexOf(TokenField);
        if (field < 0)
        {
            return default;
        }

        ReadOnlySpan<byte> value = answer[(field + TokenField.Length)..];
        return value[..Math.Max(0, value.IndexOf((byte)'"'))];
    }
}
