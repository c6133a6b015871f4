using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.server;

namespace Gateway.Tests.Kit;

/// <summary>A server that speaks like Redis, in this process: Garnet.</summary>
internal sealed class EmbeddedRedis : IDisposable
{
    private readonly GarnetServer _server;

    private EmbeddedRedis(GarnetServer server, int port) => (_server, Port) = (server, port);

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    /// <param name="hasChannels">Whether it publishes messages.</param>
    public static EmbeddedRedis Start(bool hasChannels = true)
    {
        for (int attempt = 0; ; attempt++)
        {
            int port = FreePort();
            var server = new GarnetServer(new GarnetServerOptions
            {
                EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
                EnableLua = true,
                LuaOptions = new LuaOptions(),
                QuietMode = true,
                DisablePubSub = !hasChannels,
                LogMemorySize = "16m",
                PageSize = "1m",
            });
            try
            {
                server.Start();
                return new EmbeddedRedis(server, port);
            }
            catch (SocketException) when (attempt < 5)
            {
                // Another has taken the port meanwhile.
                server.Dispose();
            }
        }
    }

    public void Dispose() => _server.Dispose();

    /// <summary>A port that nobody listens on at the moment. The servers that are started on it cannot choose one themselves.</summary>
    internal static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
