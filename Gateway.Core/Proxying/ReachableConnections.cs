using System.Net;

namespace Gateway.Core.Proxying;

/// <summary>
/// The connections to one service's instances on which an upgrade is asked for, or a body sent that an answer may overtake: apart from
/// the others, since they can be reached past HttpClient, which costs a little. One that stays HTTP's goes back to this pool.
/// Owns them; safe from any thread.
/// </summary>
internal sealed class ReachableConnections : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    /// <summary>HttpClient does not say which connection a request went out on; the connection itself learns it here, since it is
    /// written to in the request's own flow.</summary>
    private readonly AsyncLocal<Claim?> _claim = new();

    public ReachableConnections(SocketsHttpHandler handler)
    {
        handler.PlaintextStreamFilter = (context, _) =>
            ValueTask.FromResult<Stream>(new ReachableConnection(context.PlaintextStream, Written));
        _invoker = new HttpMessageInvoker(handler);
    }

    /// <summary>Sends the request; returns the response and the connection that it came on.</summary>
    /// <param name="message">Goes out as HTTP/1.1.</param>
    /// <param name="reached">Called in the request's flow, once, when the connection is known: before anything of the request is written.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    public async Task<(HttpResponseMessage Response, ReachableConnection? Connection)> SendAsync(
        HttpRequestMessage message, Action<ReachableConnection>? reached, CancellationToken cancellationToken)
    {
        message.Version = HttpVersion.Version11;
        message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        var claim = new Claim(reached);
        _claim.Value = claim;
        HttpResponseMessage response = await _invoker.SendAsync(message, cancellationToken);
        return (response, claim.Connection);
    }

    public void Dispose() => _invoker.Dispose();

    private void Written(ReachableConnection connection)
    {
        _claim.Value?.Reach(connection);
    }

    private sealed class Claim(Action<ReachableConnection>? reached)
    {
        public ReachableConnection? Connection { get; private set; }

        public void Reach(ReachableConnection connection)
        {
            // HttpClient may try again on another connection when the first turns out to be closed.
            if (Connection != connection)
            {
                Connection = connection;
                connection.BeginRequest();
                reached?.Invoke(connection);
            }
        }
    }
}
