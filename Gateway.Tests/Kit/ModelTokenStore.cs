using System.Collections.Concurrent;
using System.Globalization;
using Gateway.Core.Authentication;

namespace Gateway.Tests.Kit;

/// <summary>A store of tokens and revocations as it should be, in memory: what the real ones are held against, and what can be made to fail.</summary>
internal sealed class ModelTokenStore : SharedTokenStore
{
    /// <summary>What all gateways of a test know.</summary>
    public static readonly byte[] CommonSecret = [.. Enumerable.Range(0, MinSecretBytes).Select(static i => (byte)i)];

    private readonly ConcurrentDictionary<string, byte[]> _entries = new();
    private readonly List<RevocationRecord> _records = [];
    private readonly ConcurrentQueue<Action> _listeners = new();
    private readonly Lock _gate = new();
    private string _log = "";
    private string _mark = "";
    private long _sequence;
    private int _reads;

    private ModelTokenStore(byte[] secret)
        : base(secret)
    {
    }

    /// <summary>Null while it answers.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Null while it lets itself be renamed.</summary>
    public Exception? RenameFailure { get; set; }

    /// <summary>Whether each reading finds another log.</summary>
    public bool IsNewEachTime { get; set; }

    /// <summary>What readings of the log wait for; null to answer at once.</summary>
    public TaskCompletionSource? Held { get; set; }

    /// <summary>What look-ups of entries wait for; null to answer at once.</summary>
    public TaskCompletionSource? HeldEntries { get; set; }

    /// <summary>Whether nudges are heard.</summary>
    public bool Nudges { get; set; } = true;

    /// <summary>Readings of the log.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Entries by the token's hash.</summary>
    public ConcurrentDictionary<string, byte[]> Entries => _entries;

    public TimeSpan? LastLife { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>An empty one. Whoever asks it disposes of it.</summary>
    public static ModelTokenStore Create(byte[]? secret = null) => new(secret ?? CommonSecret);

    /// <summary>As after a restart without a disk.</summary>
    public void Flush() => Locked(() =>
    {
        _entries.Clear();
        _records.Clear();
        (_log, _mark, _sequence) = ("", "", 0);
    });

    /// <summary>As when a failover loses the last records.</summary>
    public void LoseLast(int count) => Locked(() =>
    {
        _records.RemoveRange(_records.Count - count, count);
        (_sequence, _mark) = _records.Count == 0 ? (0, "") : (_records[^1].Sequence, _records[^1].Mark);
    });

    /// <summary>As when the log is trimmed, or evicted; its head stays.</summary>
    public void DropRecords(Predicate<RevocationRecord> which) => Locked(() => _records.RemoveAll(which));

    public override async Task<byte[]?> GetAsync(string tokenHash)
    {
        await (HeldEntries?.Task ?? Task.CompletedTask);
        return Failure is null ? _entries.GetValueOrDefault(tokenHash) : throw Failure;
    }

    public override Task SetAsync(string tokenHash, byte[] entry, TimeSpan life)
    {
        ThrowIfFailing();
        (_entries[tokenHash], LastLife) = (entry, life);
        return Task.CompletedTask;
    }

    public override Task RemoveAsync(string tokenHash)
    {
        ThrowIfFailing();
        _entries.TryRemove(tokenHash, out _);
        return Task.CompletedTask;
    }

    public override Task AppendAsync(string what, string mark, int most, TimeSpan life)
    {
        ThrowIfFailing();
        Locked(() =>
        {
            _log = _log.Length == 0 ? mark : _log;
            _records.Add(new RevocationRecord(++_sequence, _mark, mark, what));
            _mark = mark;
            _records.RemoveRange(0, Math.Max(0, _records.Count - most));
        });
        foreach (Action listener in Nudges ? _listeners.ToArray() : [])
        {
            listener();
        }

        return Task.CompletedTask;
    }

    public override async Task<RevocationPage> ReadAsync(long after, int most, string name)
    {
        Interlocked.Increment(ref _reads);
        await (Held?.Task ?? Task.CompletedTask);
        ThrowIfFailing();
        lock (_gate)
        {
            _log = _log.Length == 0 || IsNewEachTime ? name : _log;
            return new RevocationPage(_log, _sequence, _mark, [.. _records.Where(record => record.Sequence > after).Take(most)]);
        }
    }

    public override Task RenameAsync(string name, string newName)
    {
        ThrowIfFailing();
        if (RenameFailure is not null)
        {
            throw RenameFailure;
        }

        Locked(() => _log = _log == name ? newName : _log);
        return Task.CompletedTask;
    }

    public override Task ListenAsync(Action nudge)
    {
        ThrowIfFailing();
        _listeners.Enqueue(nudge);
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    /// <summary>Appends as another gateway would.</summary>
    public Task TellAsync(string what) => AppendAsync(what, Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture), 100_000, TimeSpan.FromMinutes(15));

    private void ThrowIfFailing()
    {
        if (Failure is not null)
        {
            throw Failure;
        }
    }

    private void Locked(Action act)
    {
        lock (_gate)
        {
            act();
        }
    }
}
