namespace Gateway.Tests.Kit;

/// <summary>
/// Changes a message's head at random, from a seed: what comes of it is often almost right, which is where parsers differ. The same
/// seed gives the same message.
/// </summary>
internal sealed class Mutations(int seed)
{
    /// <summary>Pieces that parsers trip over.</summary>
    private static readonly string[] Pieces =
    [
        "\r", "\n", "\r\n", "\r\n\r\n", "\0", "\t", " ", ":", ",", ";", "\u000B", "\u007F", "\u00E9", "%", "%2e", "%c0%ae", "%00", "..", "//", "#", "?", "@",
        "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "Content-Length: 5\r\n", "Content-Length: +5\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: x\r\n",
        "Connection: close\r\n", "Host: h\r\n", "Upgrade: websocket\r\n", "Expect: 100-continue\r\n", " folded\r\n", "100", "101", "204", "999", "-1", "18446744073709551616",
    ];

    private readonly Random _random = new(seed);

    /// <summary>One of the messages, changed in one to four places.</summary>
    public string Of(params string[] messages)
    {
        string message = messages[_random.Next(messages.Length)];
        for (int changes = _random.Next(1, 5); changes > 0 && message.Length > 0; changes--)
        {
            int at = _random.Next(message.Length);
            int length = _random.Next(1, Math.Min(8, message.Length - at) + 1);
            string piece = Pieces[_random.Next(Pieces.Length)];
            message = _random.Next(6) switch
            {
                0 => message.Remove(at, length),
                1 => message.Insert(at, message.Substring(at, length)),
                2 => message.Insert(at, piece),
                3 => message.Remove(at, 1).Insert(at, ((char)_random.Next(256)).ToString()),
                4 => message.Remove(at, length).Insert(at, piece),
                _ => message.Insert(at, new string(message[at], _random.Next(1, 300))),
            };
        }

        return message;
    }
}
