using System.Net.Sockets;
using System.Security.Cryptography;
using Gateway.Core.Errors;

namespace Gateway.Core.Proxying;

/// <summary>The two sides of a connection that has left HTTP.</summary>
/// <param name="Client">Bytes from and to the client.</param>
/// <param name="EndAnswer">Ends our direction to the client while its own goes on; null where the server cannot (HTTP/1.1).</param>
/// <param name="Instance">Bytes from and to the instance. Owned.</param>
/// <param name="Connection">What can end our direction to the instance while its own goes on; null where nothing can (HTTP/2).</param>
internal sealed record UpgradedSides(Stream Client, Func<Task>? EndAnswer, Stream Instance, ReachableConnection? Connection) : IDisposable
{
    public void Dispose() => Instance.Dispose();
}

/// <summary>
/// Passes the bytes of an upgraded connection both ways, untouched, until both sides have ended or one broke off. The end of one
/// direction is passed on while the other goes on; where that cannot be said, the end of one is the end of both.
/// </summary>
internal sealed class UpgradeRelay : IDisposable
{
    /// <summary>How long both sides may take to answer our Close frame. 5 s: more than a slow network's round trip, and little of
    /// the default DrainTimeout.</summary>
    private static readonly TimeSpan CloseWait = TimeSpan.FromSeconds(5);

    private readonly UpgradedSides _sides;
    private readonly bool _isWebSocket;
    private readonly AttemptTimer _timer;
    private readonly TimeProvider _clock;
    private readonly RelayDirection _toInstance;
    private readonly RelayDirection _toClient;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _closing = Task.CompletedTask;

    public UpgradeRelay(UpgradedSides sides, bool isWebSocket, AttemptTimer timer, TimeProvider clock)
    {
        (_sides, _isWebSocket, _timer, _clock) = (sides, isWebSocket, timer, clock);
        _toInstance = new RelayDirection(sides.Client, sides.Instance, isWebSocket ? MaskedGoingAway : null, timer);
        _toClient = new RelayDirection(sides.Instance, sides.Client, isWebSocket ? static () => FrameTracker.GoingAway(mask: null) : null, timer);
    }

    /// <summary>Bytes passed on to the instance.</summary>
    public long BytesIn => _toInstance.Bytes;

    /// <summary>Bytes passed on to the client.</summary>
    public long BytesOut => _toClient.Bytes;

    /// <summary>Relays until the end. Never throws.</summary>
    /// <param name="upgradesEnd">When it fires, a WebSocket gets close code 1001 on both sides.</param>
    /// <returns>Who broke off; None after an orderly end.</returns>
    public async Task<GatewayError> RunAsync(CancellationToken upgradesEnd)
    {
        Task<RelayEnd> toInstance = _toInstance.RunAsync();
        Task<RelayEnd> toClient = _toClient.RunAsync();
        using (upgradesEnd.UnsafeRegister(static self => ((UpgradeRelay)self!).BeginClosing(), this))
        {
            await WaitAsync(toInstance, toClient);
        }

        GatewayError error = Judge(EndOf(toInstance), EndOf(toClient));
        _timer.Abandon();
        await Task.WhenAll(toInstance, toClient, _closing);
        return error;
    }

    public void Dispose()
    {
        _toInstance.Dispose();
        _toClient.Dispose();
    }

    private async Task WaitAsync(Task<RelayEnd> toInstance, Task<RelayEnd> toClient)
    {
        Task first = await Task.WhenAny(toInstance, toClient, _closed.Task);
        if (first == _closed.Task)
        {
            return;
        }

        Task<RelayEnd> other = first == toInstance ? toClient : toInstance;
        bool goesOn = EndOf((Task<RelayEnd>)first) switch
        {
            RelayEnd.Complete => await TryPassEndAsync(first == toInstance),

            // What became of a side that takes nothing any more, its own direction tells.
            RelayEnd.ReceiverFailed => true,
            _ => false,
        };
        if (goesOn)
        {
            await Task.WhenAny(other, _closed.Task);
        }
    }

    /// <summary>False where a direction cannot end alone.</summary>
    private async ValueTask<bool> TryPassEndAsync(bool toInstance)
    {
        try
        {
            switch (toInstance)
            {
                case true when _sides.Connection is { } connection:
                    await connection.CloseWritingAsync();
                    return true;
                case false when _sides.EndAnswer is { } end:
                    await end();
                    return true;
                default:
                    return false;
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // That side has gone already.
            return true;
        }
    }

    /// <summary>
    /// A side that breaks off after its Close frame breaks nothing (RFC 6455 §7.1.1: either may close the connection then). Nor does one
    /// that we told to go, nor a client to which the instance has said Close and ended: over HTTP/2 its reset overtakes the Close that
    /// it answered with, since the server then drops what it has received.
    /// </summary>
    private GatewayError Judge(RelayEnd? toInstance, RelayEnd? toClient)
    {
        if (_closed.Task.IsCompleted)
        {
            return GatewayError.None;
        }

        bool clientMayLeave = _toInstance.CloseSeen || _toClient.CloseSaid || (_toClient.CloseSeen && toClient == RelayEnd.Complete);
        bool instanceMayLeave = _toClient.CloseSeen || _toInstance.CloseSaid;
        if (_timer.ClientLeft)
        {
            return clientMayLeave ? GatewayError.None : GatewayError.ClientClosed;
        }

        if (_timer.Fired != TimeoutPhase.None)
        {
            return _toInstance.CloseSeen && _toClient.CloseSeen ? GatewayError.None : GatewayError.UpstreamTimeout;
        }

        if (toClient == RelayEnd.SenderFailed && !instanceMayLeave)
        {
            return GatewayError.UpstreamReset;
        }

        bool clientFailed = toInstance == RelayEnd.SenderFailed || toClient == RelayEnd.ReceiverFailed;
        return clientFailed && !clientMayLeave ? GatewayError.ClientClosed : GatewayError.None;
    }

    /// <summary>Runs on the thread that asks all relays to end: it must not be held up here.</summary>
    private void BeginClosing()
    {
        if (_isWebSocket)
        {
            _closing = Task.Run(CloseAsync);
        }
    }

    private async Task CloseAsync()
    {
        using var patience = new CancellationTokenSource(CloseWait, _clock);
        try
        {
            await Task.WhenAll(_toClient.CloseAsync(patience.Token), _toInstance.CloseAsync(patience.Token));
        }
        catch (Exception)
        {
            // A side that is gone or does not answer is not waited for.
        }

        _closed.TrySetResult();
    }

    private static RelayEnd? EndOf(Task<RelayEnd> direction) => direction.IsCompletedSuccessfully ? direction.GetAwaiter().GetResult() : null;

    private static byte[] MaskedGoingAway() => FrameTracker.GoingAway(BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)));
}
