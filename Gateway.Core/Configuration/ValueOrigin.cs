namespace Gateway.Core.Configuration;

/// <summary>Where a key or value was written. The default value means nowhere in particular.</summary>
/// <param name="Layer">Rank of the file, variable or <c>--set</c>: a higher one overrides a lower one.</param>
/// <param name="Source">The file as the user named it, <c>environment variable X</c> or <c>--set X</c>.</param>
/// <param name="Line">1-based; 0 when the source has no lines.</param>
/// <param name="Column">1-based, in characters; 0 when the source has no lines.</param>
internal readonly record struct ValueOrigin(int Layer, string Source, int Line = 0, int Column = 0) : IComparable<ValueOrigin>
{
    public int CompareTo(ValueOrigin other)
    {
        int byLayer = Layer.CompareTo(other.Layer);
        int bySource = byLayer != 0 ? byLayer : string.CompareOrdinal(Source, other.Source);
        int byLine = bySource != 0 ? bySource : Line.CompareTo(other.Line);
        return byLine != 0 ? byLine : Column.CompareTo(other.Column);
    }

    public override string ToString() => Line == 0 ? Source ?? "" : $"{Source}:{Line}:{Column}";
}
