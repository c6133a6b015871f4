using System.Globalization;
using System.Text;

namespace Gateway.Tests.Kit;

/// <summary>Requests that are legal and unusual, byte for byte, and more of them made at random.</summary>
internal static class LegalRequests
{
    private const string Pchar = "abcXYZ019-._~!$&'()*+,;=:@";

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "REPORT", "M-SEARCH"];

    private static readonly string[] Encoded = ["%20", "%C3%A9", "%E2%82%AC", "%41", "%7e", "%25", "%3F", "%23", "%22", "%2B"];

    private static readonly string[] Names =
    [
        "Accept", "Accept-Language", "Accept-Encoding", "Authorization", "Cache-Control", "Cookie", "If-None-Match", "If-Match", "If-Modified-Since",
        "Origin", "Referer", "Range", "Pragma", "Date", "From", "User-Agent", "X-Api-Key", "X-Requested-With", "DNT", "Priority", "Sec-Fetch-Mode",
        "Content-Type", "Content-Language", "Content-Encoding", "Content-Location", "Content-Disposition", "Last-Modified", "Expires", "Allow",
        "x-lower", "X.Dot", "X'Quote", "X|Pipe", "X~", "X_Under_Score", "X-1",
    ];

    private const string ValueCharacters = "abcXYZ019 \t!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u00e9\u00ff";

    /// <summary>At least forty, each for a reason.</summary>
    public static IReadOnlyList<string> Fixed { get; } =
    [
        .. Methods.Select(static method => Get("/m", method: method)),
        Get("/"),
        Get("/?"),
        Get("/a?b=c&b=d&b=&b"),
        Get("/%41%20%C3%A9?%41=%20+%2B"),
        Get("//a///b/"),
        Get("/a;p=1/b;q=2"),
        Get("/a:b@c!$&'()*+,=~"),
        Get("/a%252fb%25"),
        Get("/" + new string('x', 4_000)),
        Get("/a?x=" + new string('%', 1) + "00%0d%0a%5c%2f.."),
        Get("/", "Accept: text/html;q=0.9, */*;q=0.1\r\nAccept: image/png"),
        Get("/", "Cookie: a=1; b=\"2\"; c\r\nCookie: d=4"),
        Get("/", "X-Empty:\r\nX-Blank:   \r\nX-Tab:\ta\tb\t"),
        Get("/", "X-Latin: caf\u00e9 \u00ff"),
        Get("/", "x-case: 1\r\nX-CASE: 2\r\nX-Case: 3"),
        Get("/", "X-Long: " + new string('v', 8_000)),
        Get("/", string.Join("\r\n", Enumerable.Range(0, 80).Select(static i => $"X-{i}: {i}"))),
        Get("/", "User-Agent: Mozilla/5.0 (X11; Linux) (a (nested) comment) odd//"),
        Get("/", "Authorization: Custom a=\"b, c\", d"),
        Get("/", "Date: not a date\r\nIf-Modified-Since: 0\r\nExpires: -1"),
        Get("/", "If-None-Match: W/\"a\", \"b\", *"),
        Get("/", "Range: bytes=0-0,-1, 5-"),
        Get("/", "Range: rows=all"),
        Get("/", "From: a@b\r\nReferer: /x y\r\nOrigin: null"),
        Get("/", "Connection: X-Hop\r\nX-Hop: 1\r\nX-Stays: 2"),
        Get("/", "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: gzip"),
        Get("/", "Upgrade: h2c\r\nX-After: 1"),
        Get("/", "Max-Forwards: 5\r\nCache-Control: no-cache, max-age=0\r\nPragma: no-cache"),
        Get("/", "Content-Type: text/plain\r\nContent-Language: de"),
        Get("/", "Warning: 199 - \"x\"\r\nX|~!#$%&'*+^`: 1"),
        Get("/", "Accept-Encoding: gzip, br;q=0\r\nAccept-Charset: x\r\nAccept-Language: *"),
        Get("/", "Priority: u=1, i\r\nSec-CH-UA: \"A\";v=\"1\"\r\nUpgrade-Insecure-Requests: 1"),
        Send("POST", "hello"),
        Send("PUT", AllBytes),
        Send("PATCH", new string('b', 100_000)),
        Send("GET", "a body"),
        Send("DELETE", "a body"),
        Send("POST", ""),
        Send("POST", "{\"a\":1}", "Content-Type: application/json; charset=utf-8\r\nContent-Encoding: identity\r\nContent-MD5: x"),
        Chunked("POST", "hello", 1),
        Chunked("PUT", AllBytes, 100),
        Chunked("POST", new string('c', 70_000), 65_536),
        Chunked("GET", "a body", 3),
        Chunked("POST", "", 1),
        Send("POST", "expected", "Expect: 100-continue"),
    ];

    private static string AllBytes => string.Concat(Enumerable.Range(0, 256).Select(static value => (char)value));

    /// <summary>The same seed gives the same request.</summary>
    public static string Random(int seed)
    {
        var random = new Random(seed);
        string headers = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => $"{Names[random.Next(Names.Length)]}:{Value(random)}\r\n"));
        headers = WithoutSecond(headers, "User-Agent");
        string body = random.Next(3) == 0 ? "" : new string([.. Enumerable.Range(0, random.Next(3_000)).Select(_ => (char)random.Next(256))]);
        string method = Methods[random.Next(Methods.Length)];
        string target = Target(random);
        return random.Next(3) switch
        {
            0 => Get(target, headers.TrimEnd('\r', '\n'), method),
            1 => Send(method, body, headers.TrimEnd('\r', '\n'), target),
            _ => Chunked(method, body, random.Next(1, 1_000), headers.TrimEnd('\r', '\n'), target),
        };
    }

    private static string Target(Random random)
    {
        var target = new StringBuilder();
        for (int segments = random.Next(1, 5); segments > 0; segments--)
        {
            target.Append("/s");
            for (int length = random.Next(12); length > 0; length--)
            {
                target.Append(random.Next(6) == 0 ? Encoded[random.Next(Encoded.Length)] : Pchar[random.Next(Pchar.Length)].ToString());
            }
        }

        if (random.Next(2) == 0)
        {
            target.Append('?');
            for (int length = random.Next(40); length > 0; length--)
            {
                target.Append(random.Next(8) == 0 ? "%" + random.Next(256).ToString("X2", CultureInfo.InvariantCulture) : (Pchar + "/?&=&=")[random.Next(Pchar.Length + 6)].ToString());
            }
        }

        return target.ToString();
    }

    /// <summary>Blanks around a value are no part of it (RFC 9110 §5.5), and come and go.</summary>
    private static string Value(Random random) =>
        new string(' ', random.Next(3)) + new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => ValueCharacters[random.Next(ValueCharacters.Length)])]).Trim()
        + new string('\t', random.Next(2));

    /// <summary>A list of products is joined by blanks and not by commas: two lines of it are no list.</summary>
    private static string WithoutSecond(string headers, string name)
    {
        int seen = 0;
        return string.Concat(headers.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith(name + ":", StringComparison.Ordinal) || seen++ == 0).Select(static line => line + "\r\n"));
    }

    private static string Get(string target, string headers = "", string method = "GET") => $"{method} {target} HTTP/1.1\r\nHost: g.example:8080\r\n{Lines(headers)}\r\n";

    private static string Send(string method, string body, string headers = "", string target = "/body") =>
        $"{method} {target} HTTP/1.1\r\nHost: g.example:8080\r\n{Lines(headers)}Content-Length: {body.Length}\r\n\r\n{body}";

    private static string Chunked(string method, string body, int size, string headers = "", string target = "/chunks")
    {
        string chunks = string.Concat(body.Chunk(size).Select(static chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n"));
        return $"{method} {target} HTTP/1.1\r\nHost: g.example:8080\r\n{Lines(headers)}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n";
    }

    private static string Lines(string headers) => headers.Length == 0 ? "" : headers + "\r\n";
}
