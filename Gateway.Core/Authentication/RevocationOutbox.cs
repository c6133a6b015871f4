namespace Gateway.Core.Authentication;

/// <summary>
/// Revocations that are in force here and of which the other gateways have not been told, since the store is away. Goes on with the configuration
/// that comes next. Safe from any thread.
/// </summary>
internal sealed class RevocationOutbox
{
    /// <summary>Count. Beyond it the others are told to ask again about all that they know, which is right for any number.</summary>
    internal const int Most = 10_000;

    /// <summary>What is appended for those beyond: of no kind that <see cref="Revocation.Parse"/> knows, so that readers doubt.</summary>
    internal const string More = "more";

    private readonly Queue<Outgoing> _waiting = new();
    private readonly Lock _gate = new();
    private Action<Outgoing>? _next;

    /// <summary>Those that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>It waits here, or where all goes since <see cref="GoTo"/>.</summary>
    public void Add(Outgoing revocation)
    {
        Action<Outgoing>? next;
        lock (_gate)
        {
            next = _next;
            if (next is null && _waiting.Count <= Most)
            {
                _waiting.Enqueue(_waiting.Count < Most ? revocation : revocation with { What = null });
            }
        }

        next?.Invoke(revocation);
    }

    /// <summary>The one that has waited longest.</summary>
    public bool TryPeek(out Outgoing first)
    {
        lock (_gate)
        {
            return _waiting.TryPeek(out first);
        }
    }

    /// <summary>The others have been told of it. Does nothing if it has gone elsewhere meanwhile.</summary>
    public void Remove(Outgoing told)
    {
        lock (_gate)
        {
            if (_waiting.TryPeek(out Outgoing first) && first.Mark == told.Mark)
            {
                _waiting.Dequeue();
            }
        }
    }

    /// <summary>All that waits goes there, and what would come later.</summary>
    public void GoTo(Action<Outgoing> next)
    {
        Outgoing[] waiting;
        lock (_gate)
        {
            _next = next;
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        foreach (Outgoing revocation in waiting)
        {
            next(revocation);
        }
    }
}

/// <summary>One that waits.</summary>
/// <param name="Mark">What its record will be known by.</param>
/// <param name="What">What is revoked; null for more than could be kept.</param>
internal readonly record struct Outgoing(string Mark, Revocation? What)
{
    /// <summary>As the log has it.</summary>
    public string Text => What?.Text ?? RevocationOutbox.More;
}
