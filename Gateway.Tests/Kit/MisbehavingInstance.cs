namespace Gateway.Tests.Kit;

/// <summary>What an instance does behind the bytes that it sent.</summary>
public enum Afterwards
{
    /// <summary>Keeps the connection open and reads on.</summary>
    Listen,

    /// <summary>Ends the connection in order.</summary>
    Close,

    /// <summary>Ends the connection with a reset.</summary>
    Reset,
}

/// <summary>Answers <c>/case</c> with given bytes, and any other target properly, with the target: also on the same connection.</summary>
internal sealed class MisbehavingInstance(string bytes, Afterwards afterwards) : IAsyncDisposable
{
    private readonly ScriptedInstance _instance = new(connection => ServeAsync(connection, bytes, afterwards));

    public string Url => _instance.Url;

    public int Connections => _instance.Accepted;

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    private static async Task ServeAsync(RawConnection connection, string bytes, Afterwards afterwards)
    {
        while (true)
        {
            string target = (await connection.ReadUntilAsync("\r\n\r\n")).Split(' ')[1];
            if (target != "/case")
            {
                await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {target.Length}\r\n\r\n{target}");
                continue;
            }

            await connection.SendAsync(bytes);
            if (afterwards == Afterwards.Close)
            {
                return;
            }

            if (afterwards == Afterwards.Reset)
            {
                connection.Reset();
                return;
            }
        }
    }
}
