using System.Net;
using System.Net.Sockets;

namespace Gateway.Core.Backends;

/// <summary>What is known of one host name: the last good answer, and at which of its addresses connecting failed. Safe from any thread.</summary>
/// <param name="name">As the resolver asks for it.</param>
internal sealed class HostAddresses(string name)
{
    /// <summary>Most addresses kept of an answer. Count; what is beyond would hardly get a connection.</summary>
    internal const int MaxAddresses = 256;

    private readonly Lock _gate = new();
    private readonly HashSet<IPAddress> _failed = [];
    private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IPAddress[] _addresses = [];
    private volatile string? _failure;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint _turn;

    public string Name => name;

    /// <summary>The addresses in use; empty as long as there was no good answer.</summary>
    public IReadOnlyList<IPAddress> Addresses => _addresses;

    /// <summary>Why the last look-up failed; null when it did not, and before the first.</summary>
    public string? Failure => _failure;

    /// <summary>Completes when the next look-up has ended.</summary>
    public Task NextLookUp => Volatile.Read(ref _next).Task;

    /// <summary>Takes in a good answer, and gives every address another chance. True when the look-up before it had failed.</summary>
    /// <param name="answer">In the system's order of preference (RFC 6724); not empty.</param>
    public bool Take(IPAddress[] answer)
    {
        bool hadFailed;
        lock (_gate)
        {
            hadFailed = _failure is not null;
            _failure = null;
            _addresses = [.. answer.Distinct().Take(MaxAddresses)];
            _failed.Clear();
        }

        LookedUp();
        return hadFailed;
    }

    /// <summary>Takes in that a look-up failed: the addresses stay, and get another chance. True when the one before it had not failed.</summary>
    /// <param name="failure">What went wrong, in a few words.</param>
    public bool Miss(string failure)
    {
        bool hadFailed;
        lock (_gate)
        {
            hadFailed = _failure is not null;
            _failure = failure;
            _failed.Clear();
        }

        LookedUp();
        return !hadFailed;
    }

    /// <summary>The addresses in the order in which the next connection is to try them. Waits for nothing but the end of the first look-up.</summary>
    /// <exception cref="SocketException">There is no address: the name could not be resolved.</exception>
    public async ValueTask<IPAddress[]> NextOrderAsync(CancellationToken cancellationToken)
    {
        await _looked.Task.WaitAsync(cancellationToken);
        lock (_gate)
        {
            return _addresses.Length > 0 ? OrderLocked() : throw new SocketException((int)SocketError.HostNotFound);
        }
    }

    /// <summary>Puts the address at the end of the order, until the next look-up has ended or it can be connected to again.</summary>
    public void Avoid(IPAddress address)
    {
        lock (_gate)
        {
            if (Array.IndexOf(_addresses, address) >= 0)
            {
                _failed.Add(address);
            }
        }
    }

    /// <summary>The address could be connected to.</summary>
    public void Trust(IPAddress address)
    {
        lock (_gate)
        {
            _failed.Remove(address);
        }
    }

    private void LookedUp()
    {
        _looked.TrySetResult();
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    /// <summary>Each address in turn comes first, so that load spreads; the families take turns (RFC 8305 §4), the one that the system
    /// prefers before the other; those that failed are last.</summary>
    private IPAddress[] OrderLocked()
    {
        int turn = (int)(_turn++ % int.MaxValue);
        AddressFamily preferred = _addresses[0].AddressFamily;
        IPAddress[] first = Turn(_addresses.Where(address => !_failed.Contains(address) && address.AddressFamily == preferred), turn);
        IPAddress[] second = Turn(_addresses.Where(address => !_failed.Contains(address) && address.AddressFamily != preferred), turn);
        int pairs = Math.Min(first.Length, second.Length);
        return
        [
            .. first.Take(pairs).Zip(second).SelectMany(static pair => new[] { pair.First, pair.Second }),
            .. first.Skip(pairs),
            .. second.Skip(pairs),
            .. Turn(_addresses.Where(_failed.Contains), turn),
        ];
    }

    private static IPAddress[] Turn(IEnumerable<IPAddress> addresses, int turn)
    {
        IPAddress[] all = [.. addresses];
        int at = all.Length == 0 ? 0 : turn % all.Length;
        return [.. all[at..], .. all[..at]];
    }
}
