using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Tracing;

/// <summary>W3C Trace Context: the caller's trace goes on under a span id of ours, or a new trace begins.</summary>
internal static class TraceContext
{
    public const string Header = "traceparent";

    /// <summary><c>00-{32 digits trace-id}-{16 digits parent-id}-{2 digits flags}</c>.</summary>
    public const int Length = 55;

    /// <summary>Longest tracestate that is recorded, in characters: as much as everybody must pass on (Trace Context §3.3.1.5).</summary>
    internal const int MaxRecordedState = 512;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>The traceparent that the service gets.</summary>
    /// <param name="sent">The caller's.</param>
    /// <param name="continued">Whether the caller's trace goes on.</param>
    public static string Continue(StringValues sent, out bool continued)
    {
        string? parent = sent.Count == 1 && IsValid(sent[0]) ? sent[0] : null;
        continued = parent is not null;
        return string.Create(Length, parent, static (span, parent) =>
        {
            "00-".CopyTo(span);
            if (parent is null)
            {
                RandomHex.Fill(span[3..35]);
                "00".CopyTo(span[53..]);
            }
            else
            {
                parent.AsSpan(3, 32).CopyTo(span[3..]);
                parent.AsSpan(53, 2).CopyTo(span[53..]);
            }

            span[35] = '-';
            RandomHex.Fill(span[36..52]);
            span[52] = '-';
        });
    }

    /// <summary>The caller's span; default when there is none.</summary>
    /// <param name="sent">The caller's traceparent.</param>
    /// <param name="state">Its tracestate, recorded unless it is longer than <see cref="MaxRecordedState"/>.</param>
    public static ActivityContext ParentOf(StringValues sent, StringValues state)
    {
        if (sent.Count != 1 || sent[0] is not { } parent || !IsValid(parent))
        {
            return default;
        }

        string recorded = state.ToString();
        return new ActivityContext(
            ActivityTraceId.CreateFromString(parent.AsSpan(3, 32)),
            ActivitySpanId.CreateFromString(parent.AsSpan(36, 16)),
            (ActivityTraceFlags)byte.Parse(parent.AsSpan(53, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            recorded.Length is 0 or > MaxRecordedState ? null : recorded,
            isRemote: true);
    }

    /// <summary>Trace Context §3.2: known lengths, lower-case digits, no all-zero ids; a later version may be longer.</summary>
    private static bool IsValid(string? text)
    {
        if (text is null || text.Length < Length || text[2] != '-' || text[35] != '-' || text[52] != '-')
        {
            return false;
        }

        ReadOnlySpan<char> version = text.AsSpan(0, 2), trace = text.AsSpan(3, 32), parent = text.AsSpan(36, 16), flags = text.AsSpan(53, 2);
        bool knownLength = version is "00" ? text.Length == Length : text.Length == Length || text[Length] == '-';
        return knownLength && version is not "ff"
            && !version.ContainsAnyExcept(LowerHex) && !trace.ContainsAnyExcept(LowerHex)
            && !parent.ContainsAnyExcept(LowerHex) && !flags.ContainsAnyExcept(LowerHex)
            && trace.ContainsAnyExcept('0') && parent.ContainsAnyExcept('0');
    }
}
