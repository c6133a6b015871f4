namespace Gateway.Tests.Kit;

/// <summary>The faults of the moment, and a way to wait until they are others. Safe from any thread.</summary>
internal sealed class FaultSwitch
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewChange();
    private Fault _ofAll;
    private Func<int, Fault?>? _ofOne;

    public Fault OfAll
    {
        get
        {
            lock (_gate)
            {
                return _ofAll;
            }
        }

        set => Change(() => _ofAll = value);
    }

    public Func<int, Fault?>? OfOne
    {
        get
        {
            lock (_gate)
            {
                return _ofOne;
            }
        }

        set => Change(() => _ofOne = value);
    }

    /// <summary>Completes with the next change. To be read before <see cref="Of"/>, so that no change falls between.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>What happens to the connection of this number now.</summary>
    public Fault Of(int connection) => OfOne?.Invoke(connection) ?? OfAll;

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            change();
            (changed, _changed) = (_changed, NewChange());
        }

        changed.SetResult();
    }
}
