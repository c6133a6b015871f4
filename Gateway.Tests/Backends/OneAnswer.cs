using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Backends;

/// <summary>An instance on a real socket that answers one request.</summary>
internal sealed class OneAnswer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public OneAnswer() => _listener.Start();

    public string Address => _listener.LocalEndpoint.ToString()!;

    public async Task<string> AnswerAsync()
    {
        using Socket socket = await _listener.AcceptSocketAsync();
        var text = new StringBuilder();
        byte[] buffer = new byte[1_024];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            text.Append(Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer)));
        }

        await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();
}
