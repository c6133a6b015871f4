using Gateway.Core;

namespace Gateway.Host.Serving;

/// <summary>Who wants the gateway to get no more requests.</summary>
internal enum DrainState
{
    Off,

    /// <summary>An operator, who may think otherwise.</summary>
    Manual,

    /// <summary>It is ending.</summary>
    Shutdown,
}

/// <summary>Begins and ends draining. Safe from any thread.</summary>
/// <param name="pipeline">Is drained.</param>
internal sealed class DrainControl(GatewayPipeline pipeline)
{
    private readonly Lock _gate = new();
    private DrainState _state;

    public DrainState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>An operator wants it, or no longer. False when the gateway is ending, which nobody can take back.</summary>
    public bool TrySet(DrainState wanted)
    {
        lock (_gate)
        {
            if (_state == DrainState.Shutdown)
            {
                return false;
            }

            _state = wanted;
            if (wanted == DrainState.Off)
            {
                pipeline.StopDraining();
            }
            else
            {
                pipeline.StartDraining();
            }

            return true;
        }
    }
}
