using System.Net;

namespace Gateway.Core.Proxying;

/// <summary>
/// The connections to one service's instances on which an upgrade is asked for: apart from the others, since they can be taken over.
/// One whose instance refused goes back to this pool. Owns them; safe from any thread.
/// </summary>
internal sealed class UpgradeConnections : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    /// <summary>HttpClient does not say which connection a request went out on; the connection itself learns it here, since it is
    /// written to in the request's own flow.</summary>
    private readonly AsyncLocal<Claim?> _claim = new();

    public UpgradeConnections(SocketsHttpHandler handler)
    {
        handler.PlaintextStreamFilter = (context, _) =>
            ValueTask.FromResult<Stream>(new UpgradableConnection(context.PlaintextStream, Written));
        _invoker = new HttpMessageInvoker(handler);
    }

    /// <summary>Sends the request; returns the response and the connection that it came on.</summary>
    public async Task<(HttpResponseMessage Response, UpgradableConnection? Connection)> SendAsync(
        HttpRequestMessage message, CancellationToken cancellationToken)
    {
        message.Version = HttpVersion.Version11;
        message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        var claim = new Claim();
        _claim.Value = claim;
        HttpResponseMessage response = await _invoker.SendAsync(message, cancellationToken);
        return (response, claim.Connection);
    }

    public void Dispose() => _invoker.Dispose();

    private void Written(UpgradableConnection connection)
    {
        if (_claim.Value is { } claim)
        {
            claim.Connection = connection;
        }
    }

    private sealed class Claim
    {
        public UpgradableConnection? Connection { get; set; }
    }
}
