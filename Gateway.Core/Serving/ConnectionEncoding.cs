using System.Text;

namespace Gateway.Core.Serving;

/// <summary>
/// Reads a <c>Connection</c> header so that the server keeps all of it. Kestrel 10 puts a token that it knows (<c>keep-alive</c>, <c>close</c>,
/// <c>Upgrade</c>) in place of the whole value when it finds that one alone among others, and the fields that the others name would go on
/// to the service (RFC 9110 §7.6.1 says that they end here). A value in which it finds two, or none, it leaves as it is.
/// </summary>
internal sealed class ConnectionEncoding : Encoding
{
    private const string KeepAlive = "keep-alive", Close = "close", Upgrade = "upgrade";

    /// <summary>What changes nothing beside <c>close</c>, which the server heeds first, or beside <c>Upgrade</c>, since HTTP/1.1 persists.</summary>
    private const string SecondKnown = ", " + KeepAlive;

    public override int GetMaxByteCount(int charCount) => Latin1.GetMaxByteCount(charCount);

    public override int GetMaxCharCount(int byteCount) => byteCount + SecondKnown.Length;

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => LengthOf(bytes.AsSpan(index, count));

    public override unsafe int GetCharCount(byte* bytes, int count) => LengthOf(new ReadOnlySpan<byte>(bytes, count));

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        Read(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override unsafe int GetChars(byte* bytes, int byteCount, char* chars, int charCount) =>
        Read(new ReadOnlySpan<byte>(bytes, byteCount), new Span<char>(chars, charCount));

    /// <summary>Nearly every value has one token, and is read as it is.</summary>
    private static bool IsList(ReadOnlySpan<byte> value) => value.Contains((byte)',');

    private static int LengthOf(ReadOnlySpan<byte> value) => IsList(value) ? Rewritten(value).Length : value.Length;

    private static int Read(ReadOnlySpan<byte> value, Span<char> to)
    {
        if (!IsList(value))
        {
            return Latin1.GetChars(value, to);
        }

        string list = Rewritten(value);
        list.CopyTo(to);
        return list.Length;
    }

    private static string Rewritten(ReadOnlySpan<byte> value)
    {
        string list = Latin1.GetString(value);
        string[] tokens = list.Split(',', StringSplitOptions.TrimEntries);
        string[] known = [.. tokens.Select(static token => token.ToLowerInvariant()).Where(static token => token is KeepAlive or Close or Upgrade).Distinct()];
        return known switch
        {
            // Beside it nothing could be put. HTTP/1.1 persists without it; of HTTP/1.0 the connection then ends, which is always allowed.
            [KeepAlive] => string.Join(", ", tokens.Where(static token => !token.Equals(KeepAlive, StringComparison.OrdinalIgnoreCase))),
            [_] => list + SecondKnown,
            _ => list,
        };
    }
}
