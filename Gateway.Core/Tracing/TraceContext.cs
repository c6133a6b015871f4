using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Tracing;

/// <summary>W3C Trace Context: the caller's trace goes on, under a span of ours where one is recorded, or a new trace begins.</summary>
internal static class TraceContext
{
    public const string Header = "traceparent";

    /// <summary><c>00-{32 digits trace-id}-{16 digits parent-id}-{2 digits flags}</c>.</summary>
    public const int Length = 55;

    /// <summary>Longest tracestate that is recorded, in characters: as much as everybody must pass on (Trace Context §3.3.1.5).</summary>
    internal const int MaxRecordedState = 512;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>The caller's traceparent; null when there is no valid one.</summary>
    public static string? Read(StringValues sent) => sent.Count == 1 && IsValid(sent[0]) ? sent[0] : null;

    /// <summary>Whether the caller may have recorded its part of the trace.</summary>
    /// <param name="sent">A valid traceparent.</param>
    public static bool IsSampled(string sent) => (FlagsOf(sent) & (int)ActivityTraceFlags.Recorded) != 0;

    /// <summary>The traceparent as it goes on through somebody who records nothing: as it came, in the version that we speak (Trace Context §2.2.3).</summary>
    /// <param name="sent">A valid one.</param>
    public static string Pass(string sent) => sent.Length == Length && sent.StartsWith("00", StringComparison.Ordinal) ? sent : $"00{sent.AsSpan(2, Length - 2)}";

    /// <summary>The traceparent as it goes on when the trace is not to be recorded from here on. Whoever takes the flag away says so under a parent id
    /// of its own (Trace Context §3.4).</summary>
    /// <param name="sent">A valid one.</param>
    public static string PassUnsampled(string sent) => !IsSampled(sent) ? Pass(sent) : string.Create(Length, sent, static (span, sent) =>
    {
        sent.AsSpan(0, Length).CopyTo(span);
        "00".CopyTo(span);
        RandomHex.Fill(span[36..52]);
        (FlagsOf(sent) & ~(int)ActivityTraceFlags.Recorded).TryFormat(span[53..], out _, "x2", CultureInfo.InvariantCulture);
    });

    /// <summary>A new trace.</summary>
    /// <param name="isSampled">What it asks of those who go by their caller.</param>
    public static string New(bool isSampled) => string.Create(Length, isSampled, static (span, isSampled) =>
    {
        "00-".CopyTo(span);
        RandomHex.Fill(span[3..35]);
        span[35] = '-';
        RandomHex.Fill(span[36..52]);
        (isSampled ? "-01" : "-00").CopyTo(span[52..]);
    });

    /// <summary>The caller's span; default when there is none.</summary>
    /// <param name="sent">A valid traceparent, or null.</param>
    /// <param name="state">Its tracestate, recorded unless it is longer than <see cref="MaxRecordedState"/>.</param>
    public static ActivityContext ParentOf(string? sent, StringValues state)
    {
        if (sent is null)
        {
            return default;
        }

        string recorded = state.ToString();
        return new ActivityContext(
            ActivityTraceId.CreateFromString(sent.AsSpan(3, 32)),
            ActivitySpanId.CreateFromString(sent.AsSpan(36, 16)),
            (ActivityTraceFlags)FlagsOf(sent),
            recorded.Length is 0 or > MaxRecordedState ? null : recorded,
            isRemote: true);
    }

    private static int FlagsOf(string sent) => byte.Parse(sent.AsSpan(53, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

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
