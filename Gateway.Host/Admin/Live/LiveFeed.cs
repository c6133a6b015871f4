using System.Text.Json;
using System.Threading.Channels;

namespace Gateway.Host.Admin.Live;

/// <summary>
/// One snapshot a second, whatever the number of those who watch, and the points of the last five minutes. It is written out only while somebody
/// watches. Safe from any thread.
/// </summary>
/// <param name="make">Makes the next snapshot; asked by one at a time.</param>
/// <param name="clock">For the second.</param>
/// <param name="failed">Told when one could not be made; the one before stays, and the next second tries again. Must not throw.</param>
internal sealed class LiveFeed(Func<LiveSnapshot> make, TimeProvider clock, Action<Exception> failed) : IAsyncDisposable
{
    /// <summary>Who may watch at a time: each gets some 50 KB a second from a gateway with two hundred instances.</summary>
    internal const int MostViewers = 16;

    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Lock _making = new();
    private readonly Queue<double?[]> _points = new();
    private readonly List<Channel<byte[]>> _viewers = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _ticking = Task.CompletedTask;
    private LiveSnapshot? _last;
    private byte[]? _written;
    private int _ended;

    /// <summary>Begins. Once.</summary>
    public void Start() => _ticking = TickAsync();

    /// <summary>The last snapshot; null before the first.</summary>
    public LiveSnapshot? Latest
    {
        get
        {
            lock (_gate)
            {
                return _last;
            }
        }
    }

    /// <summary>Something has been changed: the next snapshot comes now.</summary>
    public void Refresh() => Look(isPoint: false);

    /// <summary>The last snapshot as JSON; null before the first.</summary>
    public byte[]? Last()
    {
        lock (_gate)
        {
            return WriteLocked();
        }
    }

    /// <summary>Begins to watch.</summary>
    /// <returns>The history as JSON, and the snapshots as they come, which end with the gateway; null when there are <see cref="MostViewers"/> already.
    /// To be given back by <see cref="Leave"/>.</returns>
    public (byte[] History, Channel<byte[]> Snapshots)? Watch()
    {
        lock (_gate)
        {
            if (_viewers.Count >= MostViewers || Volatile.Read(ref _ended) == 1)
            {
                return null;
            }

            // Who is slow misses some and gets the latest.
            Channel<byte[]> viewer = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
            _viewers.Add(viewer);
            if (WriteLocked() is { } last)
            {
                viewer.Writer.TryWrite(last);
            }

            return (JsonSerializer.SerializeToUtf8Bytes(new LiveHistory((int)Interval.TotalSeconds, [.. _points]), LiveJson.Rounded.LiveHistory), viewer);
        }
    }

    public void Leave(Channel<byte[]> viewer)
    {
        lock (_gate)
        {
            _viewers.Remove(viewer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 1)
        {
            return;
        }

        await _stop.CancelAsync();
        await _ticking;
        lock (_gate)
        {
            _viewers.ForEach(static viewer => viewer.Writer.TryComplete());
        }

        _stop.Dispose();
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            do
            {
                Look(isPoint: true);
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // It ends.
        }
    }

    private void Look(bool isPoint)
    {
        lock (_making)
        {
            try
            {
                LiveSnapshot snapshot = make();
                lock (_gate)
                {
                    TakeLocked(snapshot, isPoint);
                }
            }
            catch (Exception defect)
            {
                failed(defect);
            }
        }
    }

    private void TakeLocked(LiveSnapshot snapshot, bool isPoint)
    {
        (_last, _written) = (snapshot, null);
        if (isPoint)
        {
            _points.Enqueue(LiveHistory.PointOf(snapshot));
            if (_points.Count > LiveHistory.Most)
            {
                _points.Dequeue();
            }
        }

        if (_viewers.Count > 0 && WriteLocked() is { } written)
        {
            _viewers.ForEach(viewer => viewer.Writer.TryWrite(written));
        }
    }

    private byte[]? WriteLocked() =>
        _last is null ? null : _written ??= JsonSerializer.SerializeToUtf8Bytes(_last, LiveJson.Rounded.LiveSnapshot);
}
