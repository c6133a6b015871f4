using System.Buffers.Binary;

namespace Gateway.Benchmarks.WebSockets;

/// <summary>WebSocket frames of up to 65,535 bytes (RFC 6455 §5.2), as both ends of the measurement write and read them.</summary>
internal static class WebSocketFrame
{
    public const int Binary = 2, Close = 8;

    /// <summary>Longest head: two bytes, two of length, four of mask.</summary>
    public const int MaxHead = 8;

    /// <summary>Writes one final frame.</summary>
    /// <param name="into">At least <see cref="MaxHead"/> bytes longer than the payload.</param>
    /// <param name="opcode">What kind of frame.</param>
    /// <param name="payload">Copied.</param>
    /// <param name="mask">As a client must; null for a server.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> into, int opcode, ReadOnlySpan<byte> payload, uint? mask)
    {
        into[0] = (byte)(0x80 | opcode);
        int head = 2;
        if (payload.Length < 126)
        {
            into[1] = (byte)payload.Length;
        }
        else
        {
            into[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(into[2..], (ushort)payload.Length);
            head = 4;
        }

        if (mask is { } key)
        {
            into[1] |= 0x80;
            BinaryPrimitives.WriteUInt32BigEndian(into[head..], key);
            head += 4;
        }

        Span<byte> body = into.Slice(head, payload.Length);
        payload.CopyTo(body);
        if (mask is not null)
        {
            Mask(body, into.Slice(head - 4, 4));
        }

        return head + payload.Length;
    }

    /// <summary>The first frame of what has come; unmasks it in place. False while it is not whole.</summary>
    /// <param name="bytes">What has come.</param>
    /// <param name="opcode">The kind of frame.</param>
    /// <param name="payload">Where its payload lies.</param>
    public static bool TryRead(Span<byte> bytes, out int opcode, out Range payload)
    {
        (opcode, payload) = (0, default);
        if (bytes.Length < 2)
        {
            return false;
        }

        int length = bytes[1] & 0x7F;
        bool isMasked = (bytes[1] & 0x80) != 0;
        int head = 2 + (length == 126 ? 2 : 0) + (isMasked ? 4 : 0);
        if (length == 127)
        {
            throw new InvalidDataException("A frame of 64 KB or more was never sent.");
        }

        if (bytes.Length < head)
        {
            return false;
        }

        length = length == 126 ? BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) : length;
        if (bytes.Length < head + length)
        {
            return false;
        }

        if (isMasked)
        {
            Mask(bytes.Slice(head, length), bytes.Slice(head - 4, 4));
        }

        (opcode, payload) = (bytes[0] & 0x0F, head..(head + length));
        return true;
    }

    private static void Mask(Span<byte> payload, ReadOnlySpan<byte> key)
    {
        for (int i = 0; i < payload.Length; i++)
        {
            payload[i] ^= key[i & 3];
        }
    }
}
