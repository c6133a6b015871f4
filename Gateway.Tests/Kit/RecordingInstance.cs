using System.Collections.Concurrent;
using System.Globalization;

namespace Gateway.Tests.Kit;

/// <summary>
/// An instance that reads requests strictly, byte by byte, keeps each whole one as it came, and answers it with its target. What it
/// cannot read as HTTP it keeps as <see cref="Garbage"/>.
/// </summary>
internal sealed class RecordingInstance : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<string> _garbage = new();
    private readonly ScriptedInstance _instance;

    public RecordingInstance() => _instance = new ScriptedInstance(ServeAsync);

    public string Url => _instance.Url;

    /// <summary>Whole requests, heads and bodies, in the order of their ends.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    public IReadOnlyCollection<string> Garbage => _garbage;

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    private async Task ServeAsync(RawConnection connection)
    {
        while (true)
        {
            string head = await connection.ReadUntilAsync("\r\n\r\n");
            string[] lines = head.Split("\r\n");
            string[] start = lines[0].Split(' ');
            if (start.Length != 3 || start[2] != "HTTP/1.1" || head.AsSpan().ContainsAnyInRange('\0', '\b') || head.Replace("\r\n", "").Contains('\r')
                || head.Replace("\r\n", "").Contains('\n'))
            {
                _garbage.Enqueue(head);
                return;
            }

            try
            {
                _requests.Enqueue(head + await ReadBodyAsync(connection, lines));
            }
            catch (Exception length) when (length is FormatException or OverflowException or ArgumentException)
            {
                _garbage.Enqueue(head);
                return;
            }

            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {start[1].Length}\r\n\r\n{start[1]}");
        }
    }

    private static async Task<string> ReadBodyAsync(RawConnection connection, string[] lines)
    {
        if (Value(lines, "Transfer-Encoding") is not null)
        {
            string body = "";
            while (true)
            {
                string size = await connection.ReadUntilAsync("\r\n");
                int count = int.Parse(size.Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                string chunk = await connection.ReadExactlyAsync(count) + await connection.ReadExactlyAsync(2);
                body += size + chunk;
                if (count == 0)
                {
                    return body;
                }
            }
        }

        return Value(lines, "Content-Length") is { } length
            ? await connection.ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture))
            : "";
    }

    private static string? Value(string[] lines, string name) =>
        lines.FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
