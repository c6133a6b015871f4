using Gateway.Core.Context;
using Gateway.Core.LoadBalancing;

namespace Gateway.Core;

/// <summary>One configuration with the way that its requests take. Lives until it has been replaced and its last request is over. Safe from any thread.</summary>
internal sealed class GatewaySnapshot(GatewayParts parts, GatewayStep way, RequestRetries retries)
{
    private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Requests by this configuration, and one for being in force.</summary>
    private int _users = 1;

    public GatewayParts Parts => parts;

    public GatewayStep Way => way;

    public RequestRetries Retries => retries;

    /// <summary>Completes when it is no longer in force and nobody uses it.</summary>
    public Task Unused => _unused.Task;

    /// <summary>A request begins to use it. The caller then looks whether it is still in force, and leaves it again if not: it may be unused already.</summary>
    public void Enter() => Interlocked.Increment(ref _users);

    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _unused.TrySetResult();
        }
    }

    /// <summary>The pipeline ends, whoever may use it still.</summary>
    public void Abandon() => _unused.TrySetResult();

    /// <summary>Another is in force. Once.</summary>
    public void Retire() => Leave();
}
