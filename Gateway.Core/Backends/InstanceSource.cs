namespace Gateway.Core.Backends;

/// <summary>
/// Follows where one service runs, and tells its feed each time that it hears anything. Runs until it is stopped; one that ends before, or throws,
/// has failed, and is run again after a while. Is called once for each service that it is to follow, from any thread.
/// </summary>
/// <param name="discovery">Valid options of the source's kind.</param>
/// <param name="feed">Is told.</param>
/// <param name="stop">Asks the source to end; it may throw <see cref="OperationCanceledException"/> then.</param>
public delegate Task InstanceSource(DiscoveryOptions discovery, InstanceFeed feed, CancellationToken stop);
