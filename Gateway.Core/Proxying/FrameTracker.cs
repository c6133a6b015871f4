using System.Buffers.Binary;

namespace Gateway.Core.Proxying;

/// <summary>
/// Follows one direction of a WebSocket from frame to frame (RFC 6455 §5.2) by the frames' heads alone, so that a frame of our own can
/// be put between two of theirs. Looks into no payload, allocates nothing.
/// </summary>
internal struct FrameTracker
{
    private const int CloseOpcode = 8;

    /// <summary>Bytes of the current frame's head that have passed; 0 between frames and within a payload.</summary>
    private int _head;
    private int _headLength;
    private int _opcode;
    private int _lengthBytes;
    private ulong _length;

    /// <summary>Bytes of the current frame's payload still to pass.</summary>
    private ulong _payload;

    /// <summary>Whether the bytes so far end with a whole frame.</summary>
    public readonly bool AtBoundary => _head == 0 && _payload == 0;

    /// <summary>A whole Close frame has passed: this direction says nothing more.</summary>
    public bool CloseSeen { get; private set; }

    /// <summary>Follows the bytes through as many frames as they hold.</summary>
    public void Pass(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[PassFrame(bytes)..];
        }
    }

    /// <summary>Follows the bytes up to the end of the current frame, or of a first one.</summary>
    /// <returns>How many bytes that is; all of them when the frame does not end within them. At least one of at least one.</returns>
    public int PassFrame(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (_payload == 0 && at < bytes.Length)
        {
            PassHeadByte(bytes[at++]);
            if (_head < _headLength)
            {
                continue;
            }

            (_head, _payload) = (0, _length);
            if (_payload == 0)
            {
                FrameEnded();
                return at;
            }
        }

        if (_payload > (ulong)(bytes.Length - at))
        {
            _payload -= (ulong)(bytes.Length - at);
            return bytes.Length;
        }

        if (_payload > 0)
        {
            at += (int)_payload;
            _payload = 0;
            FrameEnded();
        }

        return at;
    }

    private void PassHeadByte(byte value)
    {
        if (_head == 0)
        {
            (_opcode, _headLength) = (value & 0x0F, 2);
        }
        else if (_head == 1)
        {
            int length = value & 0x7F;
            _lengthBytes = length switch { 126 => 2, 127 => 8, _ => 0 };
            _headLength = 2 + _lengthBytes + ((value & 0x80) != 0 ? 4 : 0);
            _length = _lengthBytes == 0 ? (ulong)length : 0;
        }
        else if (_head < 2 + _lengthBytes)
        {
            _length = (_length << 8) | value;
        }

        _head++;
    }

    private void FrameEnded() => CloseSeen |= _opcode == CloseOpcode;

    /// <summary>A Close frame with code 1001, going away (RFC 6455 §7.4.1).</summary>
    /// <param name="mask">Null towards a client; towards a server a key that nobody can foresee (§5.3).</param>
    public static byte[] GoingAway(uint? mask)
    {
        const ushort Code = 1001;
        if (mask is not { } key)
        {
            return [0x80 | CloseOpcode, 2, Code >> 8, Code & 0xFF];
        }

        byte[] frame = [0x80 | CloseOpcode, 0x80 | 2, 0, 0, 0, 0, Code >> 8, Code & 0xFF];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(2), key);
        frame[6] ^= frame[2];
        frame[7] ^= frame[3];
        return frame;
    }
}
