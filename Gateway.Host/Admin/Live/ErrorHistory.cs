using Gateway.Core.Responses;

namespace Gateway.Host.Admin.Live;

/// <summary>The last requests that the gateway refused or that failed. Taking one in waits for nobody: what comes while another is taken in is
/// counted and not kept. Safe from any thread.</summary>
internal sealed class ErrorHistory
{
    /// <summary>Count (CONTRACT §5); with paths of 2,048 characters at the most, below 1 MB.</summary>
    internal const int Most = 200;

    private readonly AccessLogEntry[] _last = new AccessLogEntry[Most];
    private readonly Lock _gate = new();
    private long _total;
    private int _kept;
    private int _next;

    /// <summary>Those that there ever were.</summary>
    public long Total => Volatile.Read(ref _total);

    /// <summary>Takes in one finished request, if it was one.</summary>
    public void Take(in AccessLogEntry entry)
    {
        if (entry.Error is null && entry.StatusCode < 500)
        {
            return;
        }

        Interlocked.Increment(ref _total);
        if (_gate.TryEnter())
        {
            (_last[_next], _next, _kept) = (entry, (_next + 1) % Most, Math.Min(_kept + 1, Most));
            _gate.Exit();
        }
    }

    /// <summary>The last ones, the latest first.</summary>
    /// <param name="correlationId">Only those with this; null for all.</param>
    public IReadOnlyList<AccessLogEntry> Last(string? correlationId = null)
    {
        lock (_gate)
        {
            return
            [
                .. Enumerable.Range(1, _kept).Select(back => _last[(_next - back + Most) % Most])
                    .Where(entry => correlationId is null || entry.CorrelationId == correlationId),
            ];
        }
    }
}
