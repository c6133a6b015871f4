using System.Buffers;
using System.Diagnostics;

namespace Gateway.Core.Proxying;

/// <summary>
/// Looks for the head of a final response among the bytes of an instance that is still being sent a request, and keeps those bytes
/// until they are asked for. Interim responses (1xx, RFC 9110 §15.2) end no request. A final one that comes early gets the word that its
/// connection closes, since the rest of the request will never follow on it (RFC 9112 §9.5).
/// Not safe for concurrent use.
/// </summary>
internal sealed class AnswerScanner : IDisposable
{
    /// <summary>Bytes read at a time, and kept at the most: as much as <see cref="ServiceConnections"/> takes of a response's head.</summary>
    private const int Piece = 4096, MaxKept = 65_536;

    /// <summary>Where the status stands in <c>HTTP/1.1 200</c>, and where it ends.</summary>
    private const int StatusAt = 9, StatusEnd = 12;

    private byte[] _kept = [];
    private int _start;
    private int _end;

    /// <summary>Where the next head begins: all before it are interim ones.</summary>
    private int _head;

    /// <summary>Whether a final response has begun.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Bytes that were not taken yet.</summary>
    public int Kept => _end - _start;

    /// <summary>Whether to look on makes sense: no answer so far, and room for more.</summary>
    public bool CanContinue => !IsAnswered && _end < MaxKept;

    /// <summary>Where to read the next bytes to; <see cref="Advance"/> or <see cref="Keep"/> tells how many came. Never empty while <see cref="CanContinue"/>.</summary>
    public Memory<byte> GetMemory()
    {
        Reserve(Math.Min(Piece, MaxKept - _end));
        return _kept.AsMemory(_end, Math.Min(_kept.Length, MaxKept) - _end);
    }

    /// <summary>Looks through what came.</summary>
    public void Advance(int count)
    {
        _end += count;
        while (!IsAnswered && TryPassHead())
        {
        }
    }

    /// <summary>Keeps what came without a look.</summary>
    public void Keep(int count) => _end += count;

    /// <summary>Looks through bytes that were read elsewhere, and keeps them.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_kept.AsSpan(_end));
        Advance(bytes.Length);
    }

    /// <summary>Gives away what was kept, as much as fits.</summary>
    public int Take(Span<byte> to)
    {
        int count = Math.Min(Kept, to.Length);
        _kept.AsSpan(_start, count).CopyTo(to);
        _start += count;
        if (Kept == 0)
        {
            Dispose();
        }

        return count;
    }

    /// <summary>Lets go of the buffer and all in it.</summary>
    public void Dispose()
    {
        if (_kept.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_kept);
        }

        (_kept, _start, _end, _head) = ([], 0, 0, 0);
    }

    /// <summary>Passes one interim head; false when it is not one, or not whole yet.</summary>
    private bool TryPassHead()
    {
        ReadOnlySpan<byte> head = _kept.AsSpan(_head, _end - _head);
        int line = head.IndexOf("\r\n"u8);
        if (line < 0)
        {
            return false;
        }

        // What is no status line is HttpClient's to judge, at once.
        if (line < StatusEnd || head[StatusAt] != (byte)'1')
        {
            IsAnswered = true;
            Insert(_head + line + 2, "Connection: close\r\n"u8);
            return false;
        }

        int end = head.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        _head += end + 4;
        return true;
    }

    private void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        _kept.AsSpan(at, _end - at).CopyTo(_kept.AsSpan(at + bytes.Length));
        bytes.CopyTo(_kept.AsSpan(at));
        _end += bytes.Length;
    }

    private void Reserve(int count)
    {
        Debug.Assert(count > 0, "No room is asked for.");
        if (_kept.Length - _end >= count)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(_end + count);
        _kept.AsSpan(0, _end).CopyTo(larger);
        if (_kept.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_kept);
        }

        _kept = larger;
    }
}
