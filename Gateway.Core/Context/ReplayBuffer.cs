using System.Buffers;

namespace Gateway.Core.Context;

/// <summary>
/// A request's body as far as it has been read, kept so that another attempt, or a copy of the request, can send it again. Gives up for good, and keeps nothing, once
/// there is more than its limit. For one request, touched by one thread at a time; its memory is pooled.
/// </summary>
/// <param name="limit">Bytes kept at the most.</param>
/// <param name="ended">Is called once: when the body has ended, when it is longer than the limit, or else when the request is over.</param>
internal sealed class ReplayBuffer(int limit, Action<ReplayBuffer>? ended = null) : IDisposable
{
    private const int Smallest = 4 << 10;

    private byte[]? _bytes;
    private int _length;
    private Action<ReplayBuffer>? _ended = ended;
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
        if (IsWhole && !piece.IsEmpty)
        {
            Keep(piece);
        }

        if (isLast || !IsWhole)
        {
            TellTheEnd();
        }
    }

    public void Dispose()
    {
        TellTheEnd();
        _isDisposed = true;
        Release();
    }

    private void Keep(in ReadOnlySequence<byte> piece)
    {
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

    private void TellTheEnd()
    {
        (Action<ReplayBuffer>? tell, _ended) = (_ended, null);
        tell?.Invoke(this);
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
