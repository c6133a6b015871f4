using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Core.Proxying;

/// <summary>
/// How one request leaves HTTP on both sides: by <c>Upgrade</c> and 101 in HTTP/1.1 (RFC 9110 §7.8), by extended CONNECT and 200 in
/// HTTP/2 (RFC 8441). Where the sides differ, a WebSocket's key and its answer, which only HTTP/1.1 has, are made or checked here.
/// </summary>
/// <param name="context">A request with an Upgrade.</param>
/// <param name="connections">Those of its service.</param>
internal sealed class UpgradeHandshake(GatewayContext context, ServiceConnections connections)
{
    private const string WebSocket = "websocket";
    private const string Key = "Sec-WebSocket-Key";
    private const string Accept = "Sec-WebSocket-Accept";

    private readonly string _protocol = context.Upgrade!;
    private string? _ownKey;
    private ReachableConnection? _connection;

    public bool IsWebSocket => _protocol == WebSocket;

    /// <summary>Sends the request, turned into one that asks to leave HTTP.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        if (connections.IsHttp2)
        {
            // A tunnel's content is what flows through it.
            message.Content = null;
            message.Method = HttpMethod.Connect;
            message.Headers.Protocol = _protocol;
            message.Headers.Remove(Key);
        }
        else
        {
            message.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            message.Headers.TryAddWithoutValidation("Upgrade", _protocol);
            if (IsWebSocket && context.UpgradeForm == UpgradeForm.ExtendedConnect)
            {
                _ownKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
                message.Headers.Remove(Key);
                message.Headers.TryAddWithoutValidation(Key, _ownKey);
            }
        }

        (HttpResponseMessage response, _connection) = await connections.SendUpgradeAsync(message, cancellationToken);
        return response;
    }

    /// <summary>Whether the instance goes on in the other protocol.</summary>
    public bool IsAccepted(HttpResponseMessage response) =>
        connections.IsHttp2 ? response.IsSuccessStatusCode : response.StatusCode == System.Net.HttpStatusCode.SwitchingProtocols;

    /// <summary>Whether the instance ignored the request to go on and answered with success, which would tell an HTTP/2 client the contrary.</summary>
    public bool IsSilentlyDeclined(HttpResponseMessage response) =>
        context.UpgradeForm == UpgradeForm.ExtendedConnect && response.IsSuccessStatusCode && !IsAccepted(response);

    /// <summary>What is wrong with how the instance accepted; null for nothing.</summary>
    public string? FaultOf(HttpResponseMessage response)
    {
        if (!IsAccepted(response) || connections.IsHttp2)
        {
            return null;
        }

        if (!string.Equals(HeaderOf(response, "Upgrade"), _protocol, StringComparison.OrdinalIgnoreCase))
        {
            return "The instance switched to another protocol than asked.";
        }

        return _ownKey is not null && HeaderOf(response, Accept) != AcceptFor(_ownKey)
            ? "The instance's Sec-WebSocket-Accept does not fit the key."
            : null;
    }

    /// <summary>Tells the client; the response's other headers are copied already. What is returned owns the response's connection or stream.</summary>
    public async Task<UpgradedSides> AcceptAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        HttpContext http = context.Http;
        // Neither 1xx nor a tunnel has a length (RFC 9110 §8.6, RFC 8441 §5).
        http.Response.ContentLength = null;
        http.Response.Headers.Remove(Accept, out Microsoft.Extensions.Primitives.StringValues accept);
        http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        if (context.UpgradeForm == UpgradeForm.ExtendedConnect)
        {
            http.Response.StatusCode = StatusCodes.Status200OK;

            // A silent WebSocket is no slow upload.
            if (http.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>() is { } rate)
            {
                rate.MinDataRate = null;
            }

            Stream tunnel = await http.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();
            return await SidesAsync(tunnel, http.Response.CompleteAsync, response, cancellationToken);
        }

        http.Response.StatusCode = StatusCodes.Status101SwitchingProtocols;
        http.Response.Headers.Upgrade = _protocol;
        if (connections.IsHttp2 && IsWebSocket && http.Request.Headers[Key] is [{ } key])
        {
            accept = AcceptFor(key);
        }

        http.Response.Headers[Accept] = accept;
        http.Features.Get<HalfCloseGate>()?.Shut();
        Stream client = await http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        return await SidesAsync(client, endAnswer: null, response, cancellationToken);
    }

    private async ValueTask<UpgradedSides> SidesAsync(
        Stream client, Func<Task>? endAnswer, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        Stream instance = await response.Content.ReadAsStreamAsync(cancellationToken);
        if (_connection is null)
        {
            return new UpgradedSides(client, endAnswer, instance, Connection: null);
        }

        await _connection.TakeOverAsync(instance, cancellationToken);
        return new UpgradedSides(client, endAnswer, _connection, _connection);
    }

    /// <summary>RFC 6455 §4.2.2: proves that the key was read by one who knows WebSockets; no secret, so SHA-1 will do.</summary>
    public static string AcceptFor(string key) =>
        Convert.ToBase64String(CryptographicOperations.HashData(
            HashAlgorithmName.SHA1, Encoding.Latin1.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));

    private static string? HeaderOf(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out System.Net.Http.Headers.HeaderStringValues values) ? values.ToString() : null;
}
