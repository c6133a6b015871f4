using System.Net.WebSockets;
using System.Text;

namespace Gateway.Host.Demo;

/// <summary>The demo's WebSocket service: <c>GET /socket</c> greets the calling user, then sends back every message, and closes when asked.</summary>
internal static class SocketService
{
    /// <summary>Largest piece of a message that is sent back at once, in bytes.</summary>
    private const int Piece = 4_096;

    public static void Map(IEndpointRouteBuilder routes, DemoAnswers answers)
    {
        IApplicationBuilder app = routes.CreateApplicationBuilder();
        app.UseWebSockets();
        app.Run(context => MeetAsync(context, answers));
        routes.MapMethods("/socket", ["GET"], app.Build());
    }

    /// <summary>The first message that a user gets.</summary>
    internal static string Greeting(string user) => $"Hello {user}: what you say comes back.\n";

    private static async Task MeetAsync(HttpContext context, DemoAnswers answers)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await answers.Refuse(context, StatusCodes.Status400BadRequest, "This path is for WebSockets.");
        }
        else if (await answers.User(context) is { } user)
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            try
            {
                await TalkAsync(socket, user, context.RequestAborted);
            }
            catch (Exception left) when (left is WebSocketException or OperationCanceledException)
            {
                // Without a Close. Nobody is left to be told.
            }
        }
    }

    private static async Task TalkAsync(WebSocket socket, string user, CancellationToken left)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(Greeting(user)).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, left);
        byte[] buffer = new byte[Piece];
        while (await socket.ReceiveAsync(buffer.AsMemory(), left) is { MessageType: not WebSocketMessageType.Close } piece)
        {
            await socket.SendAsync(buffer.AsMemory(0, piece.Count), piece.MessageType, piece.EndOfMessage, left);
        }

        // A Close without a code is answered with 1000: the code that stands for none may not be sent (RFC 6455 §7.4.1).
        WebSocketCloseStatus code = socket.CloseStatus is { } said and not WebSocketCloseStatus.Empty ? said : WebSocketCloseStatus.NormalClosure;
        await socket.CloseOutputAsync(code, socket.CloseStatusDescription, left);
    }
}
