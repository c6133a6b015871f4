namespace Gateway.Core.Responses;

/// <summary>Takes the entry of a finished request, on the request's thread: it must neither block nor throw.</summary>
/// <param name="entry">To be read, or copied, before returning.</param>
public delegate void AccessLog(in AccessLogEntry entry);
