using Gateway.Core.Responses;

namespace Gateway.Host.Admin.Live;

/// <summary>The last requests that the gateway refused or that failed, all of them however many come at a time. Each is taken in to a place of its own,
/// under a lock that only one 200 requests older or a reader of that place could hold, for the copy of an entry. Safe from any thread.</summary>
internal sealed class ErrorHistory
{
    /// <summary>Count (CONTRACT §5); with paths of 2,048 characters at the most, below 1 MB.</summary>
    internal const int Most = 200;

    private readonly Place[] _places = [.. Enumerable.Range(0, Most).Select(static _ => new Place())];
    private long _total;

    /// <summary>Those that there ever were.</summary>
    public long Total => Volatile.Read(ref _total);

    /// <summary>Takes in one finished request, if it was one.</summary>
    public void Take(in AccessLogEntry entry)
    {
        if (entry.Error is null && entry.StatusCode < 500)
        {
            return;
        }

        long number = Interlocked.Increment(ref _total);
        _places[number % Most].Take(number, entry);
    }

    /// <summary>The last ones, the latest first.</summary>
    /// <param name="correlationId">Only those with this; null for all.</param>
    public IReadOnlyList<AccessLogEntry> Last(string? correlationId = null) =>
    [
        .. _places.Select(static place => place.Read())
            .Where(one => one.Number > 0 && (correlationId is null || one.Entry.CorrelationId == correlationId))
            .OrderByDescending(static one => one.Number)
            .Select(static one => one.Entry),
    ];

    /// <summary>One of the last, and which of all it was: counted from 1, 0 for none.</summary>
    private sealed class Place
    {
        private readonly Lock _gate = new();
        private long _number;
        private AccessLogEntry _entry;

        /// <summary>Unless a later one has been faster.</summary>
        public void Take(long number, in AccessLogEntry entry)
        {
            lock (_gate)
            {
                if (number > _number)
                {
                    (_number, _entry) = (number, entry);
                }
            }
        }

        public (long Number, AccessLogEntry Entry) Read()
        {
            lock (_gate)
            {
                return (_number, _entry);
            }
        }
    }
}
