using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Tracing;

/// <summary>The name that follows a request through every log: the client's X-Correlation-ID if it is sane, else a new one.</summary>
internal static class CorrelationId
{
    public const string Header = "X-Correlation-ID";

    /// <summary>Longest value taken over from a client, in characters.</summary>
    public const int MaxLength = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>The client's value when it is one value of 1–128 characters of <c>[A-Za-z0-9._-]</c>; else 32 random hexadecimal digits.</summary>
    public static string From(StringValues sent) =>
        sent.Count == 1 && sent[0] is { Length: > 0 and <= MaxLength } value && !value.AsSpan().ContainsAnyExcept(Allowed)
            ? value
            : RandomHex.Create(32);
}
