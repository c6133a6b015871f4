using System.Buffers;

namespace Gateway.Core.Context;

/// <summary>
/// A request's body as far as it has been read, kept so that another attempt can send it again. Gives up for good, and keeps nothing, once
/// there is more than its limit. For one request, touched by one thread at a time; its memory is pooled.
/// </summary>
/// <param name="limit">Bytes kept at the most.</param>
internal sealed class ReplayBuffer(int limit) : IDisposable
{
    private const int Smallest = 4 << 10;

    private byte[]? _bytes;
    private int _length;
    private bool _isDisposed;

    /// <summary>Whether all that was read so far is here.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>Whether what is here ends the body.</summary>
    public bool IsComplete { get; private set; }

    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, _length);

    /// <summary>Takes in the next piece.</summary>
    /// <param name="piece">Copied.</param>
    /// <param name="isLast">Whether nothing follows.</param>
    public void Append(in ReadOnlySequence<byte> piece, bool isLast)
    {
        IsComplete = isLast;
        if (!IsWhole || piece.IsEmpty)
        {
            return;
        }

        if (_isDisposed || piece.Length > limit - _length)
        {
            IsWhole = false;
            Release();
            return;
        }

        int needed = _length + (int)piece.Length;
        if (_bytes is null || needed > _bytes.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Smallest, Math.Min(limit, needed * 2)));
            Content.CopyTo(larger);
            int length = _length;
            Release();
            (_bytes, _length) = (larger, length);
        }

        piece.CopyTo(_bytes.AsSpan(_length));
        _length = needed;
    }

    public void Dispose()
    {
        _isDisposed = true;
        Release();
    }

    private void Release()
    {
        if (_bytes is { } bytes)
        {
            (_bytes, _length) = (null, 0);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
