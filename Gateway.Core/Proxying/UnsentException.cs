namespace Gateway.Core.Proxying;

/// <summary>A connection turned out to be of no use before anything of the request was written to it: another may carry the request, whatever its
/// method.</summary>
internal sealed class UnsentException(string message) : IOException(message);
