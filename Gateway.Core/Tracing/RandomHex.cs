namespace Gateway.Core.Tracing;

/// <summary>Random lower-case hexadecimal digits for ids. Unique, not secret.</summary>
internal static class RandomHex
{
    /// <param name="digits">How many; even, at most 64.</param>
    public static string Create(int digits) => string.Create(digits, 0, static (span, _) => Fill(span));

    /// <summary>Fills the span, whose length is even and at most 64.</summary>
    public static void Fill(Span<char> digits)
    {
        Span<byte> bytes = stackalloc byte[32];
        bytes = bytes[..(digits.Length / 2)];
        Random.Shared.NextBytes(bytes);
        Convert.TryToHexStringLower(bytes, digits, out _);
    }
}
