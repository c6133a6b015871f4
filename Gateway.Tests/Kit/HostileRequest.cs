using System.Collections.Frozen;

namespace Gateway.Tests.Kit;

/// <summary>A request that must be refused, byte for byte, and how.</summary>
/// <param name="Proves">What the refusal proves, as a test's name says it.</param>
/// <param name="Bytes">What is sent, Latin-1.</param>
/// <param name="Status">The status of the refusal.</param>
/// <param name="Reason">The reason in the log.</param>
internal sealed record HostileRequest(string Proves, string Bytes, int Status = 400, string Reason = "bad_request");

/// <summary>Requests by which gateways have been led astray.</summary>
internal static class HostileRequests
{
    private const string Chunks = "POST / HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n";

    public static FrozenDictionary<string, HostileRequest> RequestLines { get; } = Table(
    [
        new("bare LF ends no request line", "GET / HTTP/1.1\nHost: g\r\n\r\n"),
        new("bare CR ends no request line", "GET / HTTP/1.1\rHost: g\r\n\r\n"),
        new("bare CR in the target ends nothing", "GET /a\rX:1 HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("bare CR in the query ends nothing", "GET /a?b\rc HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("tab in the target", "GET /a\tb HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("control character in the target", "GET /a\u0001b HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("DEL in the target", "GET /a\u007Fb HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("control character in the query", "GET /a?\u001B[2J HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("byte beyond ASCII in the target", "GET /\u00E9 HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("byte beyond ASCII in the query", "GET /?\u00E9 HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("space in the target", "GET /a b HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("fragment in the target", "GET /a#b HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("tab between method and target", "GET\t/ HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("two spaces between method and target", "GET  / HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("space before the method", " GET / HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("space after the version", "GET / HTTP/1.1 \r\nHost: g\r\n\r\n"),
        new("no method", "/ HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("method that is no token", "G(ET / HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("known method in the wrong case", "get / HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("absolute target without Host in HTTP/1.0", "GET http://g/ HTTP/1.0\r\n\r\n"),
        new("method with a NUL", "G\0T / HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("no target", "GET HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("no version", "GET /\r\nHost: g\r\n\r\n"),
        new("version twice", "GET / HTTP/1.1 HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("version in lower case", "GET / http/1.1\r\nHost: g\r\n\r\n", 505),
        new("version 2.0 in text", "GET / HTTP/2.0\r\nHost: g\r\n\r\n", 505),
        new("version 1.2", "GET / HTTP/1.2\r\nHost: g\r\n\r\n", 505),
        new("version with two digits", "GET / HTTP/1.10\r\nHost: g\r\n\r\n"),
        new("TLS on a cleartext port", "\u0016\u0003\u0001\u0000\u00C4\u0001\u0000\u0000\u00C0\u0003\u0003\r\n\r\n"),
        new("target that is no path", "GET example HTTP/1.1\r\nHost: g\r\n\r\n", 405, "method_not_allowed"),
        new("authority as a target", "GET g:80 HTTP/1.1\r\nHost: g:80\r\n\r\n", 405, "method_not_allowed"),
        new("asterisk without OPTIONS", "GET * HTTP/1.1\r\nHost: g\r\n\r\n", 405, "method_not_allowed"),
        new("CONNECT opens no tunnel", "CONNECT g:443 HTTP/1.1\r\nHost: g:443\r\n\r\n", 405, "method_not_allowed"),
        new("CONNECT with a path opens none either", "CONNECT /x HTTP/1.1\r\nHost: g\r\n\r\n", 405, "method_not_allowed"),
        new("TRACE reflects nothing", "TRACE / HTTP/1.1\r\nHost: g\r\nCookie: secret\r\n\r\n", 405, "method_not_allowed"),
        new("TRACE with Max-Forwards reflects nothing", "TRACE / HTTP/1.1\r\nHost: g\r\nMax-Forwards: 0\r\n\r\n", 405, "method_not_allowed"),
        new("absolute target of another host", "GET http://evil/ HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("absolute target of another port", "GET http://g:81/ HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("absolute target with user information", "GET http://g@g/ HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("absolute target with a backslash", "GET http://g\\x/y HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("absolute target with a fragment", "GET http://g#/y HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("absolute target without a host", "GET http:///y HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("absolute target of an unknown scheme", "GET ftp://g/y HTTP/1.1\r\nHost: g\r\n\r\n"),
        new("Max-Forwards that is no number", "OPTIONS / HTTP/1.1\r\nHost: g\r\nMax-Forwards: x\r\n\r\n"),
        new("Max-Forwards with a sign", "OPTIONS / HTTP/1.1\r\nHost: g\r\nMax-Forwards: -1\r\n\r\n"),
        new("Max-Forwards twice", "OPTIONS / HTTP/1.1\r\nHost: g\r\nMax-Forwards: 1\r\nMax-Forwards: 2\r\n\r\n"),
    ]);

    public static FrozenDictionary<string, HostileRequest> Headers { get; } = Table(
    [
        new("bare LF ends no header", "GET / HTTP/1.1\r\nHost: g\nX: 1\r\n\r\n"),
        new("bare LF ends no head", "GET / HTTP/1.1\r\nHost: g\r\n\n"),
        new("bare CR in a value", Head("X: a\rb")),
        new("bare CR hides a header", Head("X: a\rTransfer-Encoding: chunked")),
        new("bare CR ends no head", "GET / HTTP/1.1\r\nHost: g\r\n\r\rX: 1\r\n\r\n"),
        new("NUL in a value", Head("X: a\0b")),
        new("NUL in a name", Head("X\0Y: a")),
        new("NUL before a name", Head("\0Transfer-Encoding: chunked")),
        new("space before the colon", Head("X : a")),
        new("tab before the colon", Head("X\t: a")),
        new("vertical tab before the colon", Head("X\u000B: a")),
        new("space within a name", Head("X Y: a")),
        new("parenthesis in a name", Head("X(Y): a")),
        new("at sign in a name", Head("X@Y: a")),
        new("quote in a name", Head("\"X\": a")),
        new("slash in a name", Head("X/Y: a")),
        new("control character in a name", Head("X\u0001: a")),
        new("byte beyond ASCII in a name", Head("X\u00E9: a")),
        new("empty name", Head(": a")),
        new("line without a colon", Head("X")),
        new("folded value", Head("X: a\r\n b")),
        new("value folded by a tab", Head("X: a\r\n\tb")),
        new("folded first header", "GET / HTTP/1.1\r\n Host: g\r\n\r\n"),
        new("folded Transfer-Encoding", Head("Transfer-Encoding:\r\n chunked")),
        new("no Host", "GET / HTTP/1.1\r\nX: 1\r\n\r\n"),
        new("two Hosts", Head("Host: evil")),
        new("the same Host twice", Head("Host: g")),
        new("Host with a path", "GET / HTTP/1.1\r\nHost: g/evil\r\n\r\n"),
        new("Host with a space", "GET / HTTP/1.1\r\nHost: g evil\r\n\r\n"),
        new("Host with user information", "GET / HTTP/1.1\r\nHost: u@g\r\n\r\n"),
        new("Host that is a list", "GET / HTTP/1.1\r\nHost: g, evil\r\n\r\n"),
        new("Host with a port that is no number", "GET / HTTP/1.1\r\nHost: g:8x\r\n\r\n"),
        new("Host with a control character", "GET / HTTP/1.1\r\nHost: g\u0001\r\n\r\n"),
    ]);

    public static FrozenDictionary<string, HostileRequest> Framing { get; } = Table(
    [
        new("CL.TE", Post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG")),
        new("TE.CL", Post("Transfer-Encoding: chunked\r\nContent-Length: 4", "5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n")),
        new("CL 0 beside TE", Post("Content-Length: 0\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        new("TE.TE with an unknown coding", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow", "0\r\n\r\n")),
        new("TE.TE with an unknown coding first", Post("Transfer-Encoding: cow\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        new("TE.TE with identity", Post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        new("chunked twice in two lines", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        new("chunked twice in one line", Post("Transfer-Encoding: chunked, chunked", "0\r\n\r\n")),
        new("chunked that is not last", Post("Transfer-Encoding: chunked, identity", "0\r\n\r\n")),
        new("another coding below chunked", Post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n")),
        new("identity alone", Post("Transfer-Encoding: identity", "")),
        new("coding that only ends in chunked", Post("Transfer-Encoding: xchunked", "0\r\n\r\n")),
        new("coding that only begins with chunked", Post("Transfer-Encoding: chunkedx", "0\r\n\r\n")),
        new("chunked with a parameter", Post("Transfer-Encoding: chunked;q=1", "0\r\n\r\n")),
        new("chunked in quotes", Post("Transfer-Encoding: \"chunked\"", "0\r\n\r\n")),
        new("chunked behind a vertical tab", Post("Transfer-Encoding: \u000Bchunked", "0\r\n\r\n")),
        new("chunked behind a comma", Post("Transfer-Encoding: ,chunked", "0\r\n\r\n")),
        new("chunked before a comma", Post("Transfer-Encoding: chunked,", "0\r\n\r\n")),
        new("Transfer-Encoding without a value", Post("Transfer-Encoding:", "")),
        new("space before Transfer-Encoding's colon", Post("Transfer-Encoding : chunked", "0\r\n\r\n")),
        new("Transfer-Encoding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        new("body without a length in HTTP/1.0", "POST / HTTP/1.0\r\nHost: g\r\n\r\nbody"),
        new("two different lengths", Post("Content-Length: 5\r\nContent-Length: 6", "hello!")),
        new("the same length twice", Post("Content-Length: 5\r\nContent-Length: 5", "hello")),
        new("list of lengths", Post("Content-Length: 5, 5", "hello")),
        new("length with a plus", Post("Content-Length: +5", "hello")),
        new("length behind a vertical tab", Post("Content-Length: \u000B5", "hello")),
        new("length of thirty digits", Post("Content-Length: 000000000000000000000000000005", "hello")),
        new("length with a minus", Post("Content-Length: -5", "hello")),
        new("length with a space inside", Post("Content-Length: 5 0", "hello")),
        new("length in hexadecimal", Post("Content-Length: 0x5", "hello")),
        new("length with a fraction", Post("Content-Length: 5.0", "hello")),
        new("length with an exponent", Post("Content-Length: 5e0", "hello")),
        new("length with a group separator", Post("Content-Length: 1,000", "hello")),
        new("length with an underscore", Post("Content-Length: 1_0", "hello")),
        new("length with a semicolon", Post("Content-Length: 5;", "hello")),
        new("length in full-width digits", Post("Content-Length: \u00EF\u00BC\u0095", "hello")),
        new("length that wraps around", Post("Content-Length: 18446744073709551621", "hello")),
        new("length one over the largest", Post("Content-Length: 9223372036854775808", "hello")),
        new("empty length", Post("Content-Length:", "")),
        new("length over the limit", Post("Content-Length: 30000001", ""), 413, "body_too_large"),
        new("chunk size with a plus", Chunks + "+5\r\nhello\r\n0\r\n\r\n"),
        new("chunk size with a minus", Chunks + "-5\r\nhello\r\n0\r\n\r\n"),
        new("chunk size with 0x", Chunks + "0x5\r\nhello\r\n0\r\n\r\n"),
        new("chunk size behind a space", Chunks + " 5\r\nhello\r\n0\r\n\r\n"),
        new("chunk size before a space", Chunks + "5 \r\nhello\r\n0\r\n\r\n"),
        new("chunk size before a tab", Chunks + "5\t;a\r\nhello\r\n0\r\n\r\n"),
        new("chunk size that is none", Chunks + "g\r\nhello\r\n0\r\n\r\n"),
        new("empty chunk size", Chunks + "\r\nhello\r\n0\r\n\r\n"),
        new("chunk size that overflows 32 bits", Chunks + "100000005\r\nhello\r\n0\r\n\r\n"),
        new("chunk size that overflows to a sign", Chunks + "FFFFFFFF\r\nhello\r\n0\r\n\r\n"),
        new("chunk size that overflows 64 bits", Chunks + "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        new("chunk size with many zeros", Chunks + "00000000000000005\r\nhello\r\n0\r\n\r\n"),
        new("bare LF after a chunk size", Chunks + "5\nhello\r\n0\r\n\r\n"),
        new("bare CR after a chunk size", Chunks + "5\rhello\r\n0\r\n\r\n"),
        new("bare LF within a chunk extension", Chunks + "5;a\nb\r\nhello\r\n0\r\n\r\n"),
        new("bare CR within a chunk extension", Chunks + "5;a\rb\r\nhello\r\n0\r\n\r\n"),
        new("bare LF after a chunk extension", Chunks + "5;a=b\nhello\r\n0\r\n\r\n"),
        new("bare LF after a chunk", Chunks + "5\r\nhello\n0\r\n\r\n"),
        new("chunk longer than its size", Chunks + "4\r\nhello\r\n0\r\n\r\n"),
        new("chunk shorter than its size", Chunks + "6\r\nhello\r\n0\r\n\r\n"),
        new("chunk without an end", Chunks + "5\r\nhello0\r\n\r\n"),
        new("trailer with a bare LF", Chunks + "5\r\nhello\r\n0\r\nX: 1\n\r\n"),
        new("trailer with a space before its colon", Chunks + "5\r\nhello\r\n0\r\nX : 1\r\n\r\n"),
        new("trailer with a NUL", Chunks + "5\r\nhello\r\n0\r\nX: \0\r\n\r\n"),
    ]);

    public static FrozenDictionary<string, HostileRequest> Paths { get; } = Table(
    [
        new("encoded NUL", Get("/a%00b")),
        new("encoded CR LF", Get("/a%0d%0aX:%201")),
        new("encoded control character", Get("/a%1Fb")),
        new("encoded DEL", Get("/a%7fb")),
        new("overlong dot", Get("/%c0%ae%c0%ae/x")),
        new("overlong slash", Get("/a%c0%afb")),
        new("overlong slash of three bytes", Get("/a%e0%80%afb")),
        new("overlong slash of four bytes", Get("/a%f0%80%80%afb")),
        new("lone continuation", Get("/a%80b")),
        new("lone lead", Get("/a%c3b")),
        new("lead at the end", Get("/a%c3")),
        new("lead before another lead", Get("/a%c3%c3%a9")),
        new("byte that UTF-8 does not have", Get("/a%ff")),
        new("encoded surrogate", Get("/a%ed%a0%80")),
        new("code point beyond Unicode", Get("/a%f4%90%80%80")),
        new("percent alone", Get("/a%")),
        new("percent with one digit", Get("/a%2")),
        new("percent with no digits", Get("/a%zz")),
        new("percent u", Get("/a%u002e")),
        new("backslash", Get("/a\\b")),
        new("encoded backslash", Get("/a%5Cb")),
        new("encoded slash", Get("/a%2Fb")),
        new("climb above the root", Get("/../x")),
        new("encoded climb above the root", Get("/%2e%2E/x")),
        new("half-encoded climb above the root", Get("/a/.%2e/%2e./x")),
        new("climb behind a semicolon", Get("/a/..;/x")),
        new("climb behind an encoded semicolon", Get("/a/..%3Bx/y")),
        new("climb by an absolute target", Get("http://g/../x")),
    ]);

    public static IEnumerable<HostileRequest> All => RequestLines.Values.Concat(Headers.Values).Concat(Framing.Values).Concat(Paths.Values);

    private static string Get(string target) => $"GET {target} HTTP/1.1\r\nHost: g\r\n\r\n";

    private static string Head(string header) => $"GET / HTTP/1.1\r\nHost: g\r\n{header}\r\n\r\n";

    private static string Post(string headers, string body) => $"POST / HTTP/1.1\r\nHost: g\r\n{headers}\r\n\r\n{body}";

    private static FrozenDictionary<string, HostileRequest> Table(HostileRequest[] requests) =>
        requests.ToFrozenDictionary(static request => request.Proves, StringComparer.Ordinal);
}
