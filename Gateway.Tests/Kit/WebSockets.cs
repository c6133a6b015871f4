using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using WebSocketOptions = Microsoft.AspNetCore.Builder.WebSocketOptions;

namespace Gateway.Tests.Kit;

/// <summary>WebSockets from both ends by the framework's own means, and their frames by hand.</summary>
internal static class WebSockets
{
    /// <summary>The key of RFC 6455 §1.3, and what a service answers to it.</summary>
    public const string Key = "dGhlIHNhbXBsZSBub25jZQ==", Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    /// <summary>A service's head that goes on as a WebSocket with <see cref="Key"/>.</summary>
    public const string Accepted =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " + Accept + "\r\n\r\n";

    /// <summary>Close frames with code 1001, unmasked.</summary>
    public const string GoingAway = "\u0088\u0002\u0003\u00e9";

    /// <summary>A request over HTTP/1.1 that asks for a WebSocket.</summary>
    public static string Request(string correlationId = "ws", string headers = "", string protocol = "websocket", string method = "GET") =>
        $"{method} /live HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\nSec-WebSocket-Version: 13\r\n"
        + $"Sec-WebSocket-Key: {Key}\r\nX-Correlation-ID: {correlationId}\r\n{headers}\r\n";

    /// <summary>Answers WebSockets with a talk, and anything else with 400.</summary>
    public static RequestDelegate Service(Func<WebSocket, HttpContext, Task> talk, string? subprotocol = null) => new WebSocketMiddleware(
        async http =>
        {
            if (!http.WebSockets.IsWebSocketRequest)
            {
                http.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }

            using WebSocket socket = await http.WebSockets.AcceptWebSocketAsync(subprotocol);
            await talk(socket, http);
        },
        Options.Create(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan }),
        NullLoggerFactory.Instance).Invoke;

    /// <summary>Sends every message back, piece by piece, and then the Close.</summary>
    public static async Task EchoAsync(WebSocket socket)
    {
        byte[] buffer = new byte[8192];
        while (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } piece)
        {
            await socket.SendAsync(buffer.AsMemory(0, piece.Count), piece.MessageType, piece.EndOfMessage, CancellationToken.None);
        }

        await socket.CloseOutputAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, CancellationToken.None);
    }

    /// <summary>A client connected through the gateway, over HTTP/1.1 or, where its endpoint speaks that, HTTP/2.</summary>
    public static async Task<ClientWebSocket> ConnectAsync(TestGateway gateway, bool http2 = false, string correlationId = "ws")
    {
        var client = new ClientWebSocket();
        (client.Options.HttpVersion, client.Options.HttpVersionPolicy) =
            (http2 ? HttpVersion.Version20 : HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact);
        client.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
        client.Options.SetRequestHeader("X-Correlation-ID", correlationId);
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Address.Port}/live?a=%2F"), gateway.Client, CancellationToken.None);
        return client;
    }

    /// <summary>A whole message.</summary>
    public static async Task<byte[]> ReceiveMessageAsync(WebSocket socket)
    {
        using var message = new MemoryStream();
        byte[] buffer = new byte[65_536];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            ValueWebSocketReceiveResult piece = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            message.Write(buffer.AsSpan(0, piece.Count));
            if (piece.EndOfMessage)
            {
                return message.ToArray();
            }
        }
    }

    public static Task SendAsync(WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).AsTask();

    public static async Task<string> ReceiveTextAsync(WebSocket socket) => Encoding.UTF8.GetString(await ReceiveMessageAsync(socket));

    /// <summary>One final frame in Latin-1, with as short a length as fits; masked as a client must, by a mask that changes nothing.</summary>
    public static string Frame(int opcode, string payload, bool masked)
    {
        int mask = masked ? 0x80 : 0;
        string length = payload.Length switch
        {
            < 126 => $"{(char)(mask | payload.Length)}",
            < 65_536 => $"{(char)(mask | 126)}{(char)(payload.Length >> 8)}{(char)(payload.Length & 0xFF)}",
            _ => $"{(char)(mask | 127)}\0\0\0\0{(char)(payload.Length >> 24)}{(char)((payload.Length >> 16) & 0xFF)}"
                + $"{(char)((payload.Length >> 8) & 0xFF)}{(char)(payload.Length & 0xFF)}",
        };
        return $"{(char)(0x80 | opcode)}{length}{(masked ? "\0\0\0\0" : "")}{payload}";
    }
}
