using System.Buffers.Binary;

namespace Gateway.Host.Demo;

/// <summary>
/// Bytes without end that look random and are the same in every run: the n-th eight depend on the seed and n alone. Sender
/// and receiver can thus compare gigabytes without keeping any.
/// </summary>
internal static class DemoBytes
{
    /// <summary>Fills a span with what stands at an offset of the seed's stream.</summary>
    /// <param name="into">Any length.</param>
    /// <param name="seed">Names the stream.</param>
    /// <param name="offset">Position in bytes; a multiple of eight.</param>
    public static void Fill(Span<byte> into, ulong seed, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(offset % 8, 0, nameof(offset));
        ulong start = Mix(seed);
        ulong word = (ulong)offset / 8;
        for (; into.Length >= 8; into = into[8..])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(into, Mix(start + word++));
        }

        if (into.Length > 0)
        {
            Span<byte> last = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(last, Mix(start + word));
            last[..into.Length].CopyTo(into);
        }
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood 2014): each bit of the result depends on all of the number's.</summary>
    internal static ulong Mix(ulong number)
    {
        ulong z = (number + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
