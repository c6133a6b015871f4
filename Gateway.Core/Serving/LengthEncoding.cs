using System.Text;

namespace Gateway.Core.Serving;

/// <summary>
/// Reads a Content-Length as RFC 9110 §8.6 has it: digits, and nothing else. Kestrel 10 itself takes a sign and surrounding blanks of
/// any kind, and ends the connection without a word when there are more than twenty characters; what it gets from here it parses or refuses.
/// </summary>
internal sealed class LengthEncoding : ASCIIEncoding
{
    /// <summary>Digits of the largest 64-bit number.</summary>
    private const int MaxDigits = 19;

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars) =>
        bytes.Length > MaxDigits || bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9') ? 0 : base.GetChars(bytes, chars);
}
