namespace Gateway.Core.Proxying;

/// <summary>A connection turned out to be of no use before anything of the request was written to it: another may carry the request, whatever its
/// method.</summary>
internal sealed class UnsentException(string message) : IOException(message)
{
    /// <summary>Whether the instance itself has said that it has not looked at the request, though some of its body was sent (RFC 9113 §8.7).</summary>
    public bool IsRefused { get; init; }
}
