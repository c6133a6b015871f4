namespace Gateway.Host.Configuration;

/// <summary>
/// Turns byte offsets into lines and columns, both 1-based, columns in characters (a tab is one). Goes forward only, so that
/// a whole file costs one pass, however long its lines are.
/// </summary>
internal ref struct TextPositions(ReadOnlySpan<byte> utf8)
{
    private readonly ReadOnlySpan<byte> _utf8 = utf8;
    private int _offset;
    private int _line = 1;
    private int _column = 1;

    /// <param name="offset">In bytes; not before the one last asked for.</param>
    public (int Line, int Column) At(int offset)
    {
        for (; _offset < offset && _offset < _utf8.Length; _offset++)
        {
            byte b = _utf8[_offset];
            if (b == '\n')
            {
                (_line, _column) = (_line + 1, 1);
            }
            else if (!IsContinuation(b))
            {
                _column++;
            }
        }

        return (_line, _column);
    }

    /// <summary>The offset of a place within a line, both 0-based and in bytes, as the JSON reader reports them.</summary>
    public static int OffsetOf(ReadOnlySpan<byte> utf8, long line, long byteInLine)
    {
        int start = 0;
        for (; line > 0; line--)
        {
            int end = utf8[start..].IndexOf((byte)'\n');
            if (end < 0)
            {
                break;
            }

            start += end + 1;
        }

        return (int)Math.Min(start + byteInLine, utf8.Length);
    }

    private static bool IsContinuation(byte b) => (b & 0xC0) == 0x80;
}
