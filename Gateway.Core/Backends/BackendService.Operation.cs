using Gateway.Core.Resilience;

namespace Gateway.Core.Backends;

/// <content>What operators do to instances.</content>
internal sealed partial class BackendService
{
    /// <summary>An operator wants something of an instance. Goes on while configurations change, as long as the instance is among them.</summary>
    public void SetOperatorState(ServiceInstance instance, OperatorState state)
    {
        lock (_gate)
        {
            if (state == OperatorState.Ready && instance.Operator != OperatorState.Ready)
            {
                instance.StartSlowly();
            }

            instance.Operator = state;
        }

        Refresh();
    }

    /// <summary>What speaks against an instance because of requests that failed is forgotten: its circuit closes, its ejection ends.</summary>
    public void Reset(ServiceInstance instance)
    {
        bool wasOpen = instance.Breaker.State != CircuitState.Closed;
        instance.Breaker.Reset();
        Refresh(returning: instance, forgiven: instance);
        if (wasOpen)
        {
            instance.StartSlowly();
            _watcher(this, instance, InstanceEvent.CircuitClosed, null);
        }
    }
}
