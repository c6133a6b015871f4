using System.Collections.Frozen;
using static Gateway.Tests.Kit.Http2Refusal;

namespace Gateway.Tests.Kit;

/// <summary>How a hostile stream ends.</summary>
internal enum Http2Refusal
{
    /// <summary>By an answer.</summary>
    Answer,

    /// <summary>By a reset of the stream; the connection goes on.</summary>
    Reset,

    /// <summary>By the end of the connection, with GOAWAY and a code that says it was the client's fault.</summary>
    GoAway,
}

/// <summary>A request over HTTP/2 that must be refused, and how.</summary>
/// <param name="Refusal">How it is refused.</param>
/// <param name="Fields">The whole field section.</param>
/// <param name="Data">The body; null for none.</param>
/// <param name="Status">The status in the log, and of the answer where there is one.</param>
/// <param name="Reason">The reason in the log; null where the server says nothing of it.</param>
internal sealed record HostileHttp2(
    Http2Refusal Refusal, (string Name, string Value)[] Fields, string? Data = null, int Status = 400, string? Reason = "bad_request")
{
    private static readonly (string Name, string Value)[] Whole = [(":method", "GET"), (":scheme", "http"), (":path", "/case"), (":authority", "g")];

    public static FrozenDictionary<string, HostileHttp2> All { get; } = OrdinaryFields.Concat(PseudoHeaders).ToFrozenDictionary(StringComparer.Ordinal);

    private static Dictionary<string, HostileHttp2> OrdinaryFields => new()
    {
        // RFC 9113 §8.2.1: characters that would end or split a line over HTTP/1.1.
        ["CR LF in a name"] = With(Answer, "x\r\ny", "z"),
        ["LF in a name"] = With(Answer, "x\ny", "z"),
        ["NUL in a name"] = With(GoAway, "x\0y", "z"),
        ["colon in a name"] = With(Answer, "x:y", "z"),
        ["space in a name"] = With(Answer, "x y", "z"),
        ["whole header in a name"] = With(Answer, "x: 1\r\ntransfer-encoding", "chunked"),
        ["byte beyond ASCII in a name"] = With(GoAway, "x\u00E9", "z"),
        ["upper case in a name"] = With(GoAway, "X-Y", "z"),
        ["empty name"] = With(GoAway, "", "z"),
        ["CR LF in a value"] = With(GoAway, "x", "a\r\ntransfer-encoding: chunked"),
        ["CR in a value"] = With(GoAway, "x", "a\rb"),
        ["LF in a value"] = With(GoAway, "x", "a\nb"),
        ["NUL in a value"] = With(GoAway, "x", "a\0b"),
        ["smuggled request in a value"] = With(GoAway, "x", "a\r\n\r\nGET /evil HTTP/1.1\r\nHost: g\r\n\r\n"),

        // RFC 9113 §8.2.2: what belongs to a connection of HTTP/1.1.
        ["transfer-encoding"] = With(Answer, "transfer-encoding", "chunked"),
        ["transfer-encoding that is none"] = With(Answer, "transfer-encoding", "cow"),
        ["transfer-encoding beside content-length"] = With(Answer, [("transfer-encoding", "chunked"), ("content-length", "5")], "hello"),
        ["connection"] = With(GoAway, "connection", "x-user-id"),
        ["connection: close"] = With(GoAway, "connection", "close"),
        ["keep-alive"] = With(Answer, "keep-alive", "timeout=5"),
        ["proxy-connection"] = With(Answer, "proxy-connection", "keep-alive"),
        ["upgrade"] = With(Answer, "upgrade", "websocket"),
        ["te: gzip"] = With(GoAway, "te", "gzip"),
        ["te: trailers, gzip"] = With(GoAway, "te", "trailers, gzip"),

        // RFC 9113 §8.1.1: the length that is told and the length that comes.
        ["content-length above the data"] = With(Reset, [("content-length", "6")], "hello") with { Status = 499, Reason = "client_closed" },
        ["content-length below the data"] = With(Reset, [("content-length", "4")], "hello") with { Status = 499, Reason = "client_closed" },
        ["content-length without data"] = With(Reset, "content-length", "5") with { Reason = null },
        ["content-length with a sign"] = With(GoAway, [("content-length", "+5")], "hello"),
        ["content-length with a minus"] = With(GoAway, [("content-length", "-5")], "hello"),
        ["content-length with a space"] = With(GoAway, [("content-length", " 5")], "hello"),
        ["content-length that is a list"] = With(GoAway, [("content-length", "5, 5")], "hello"),
        ["content-length twice"] = With(GoAway, [("content-length", "5"), ("content-length", "5")], "hello"),
        ["content-length twice, different"] = With(GoAway, [("content-length", "5"), ("content-length", "6")], "hello"),
    };

    /// <summary>RFC 9113 §8.3.</summary>
    private static Dictionary<string, HostileHttp2> PseudoHeaders => new()
    {
        ["no :method"] = Only(Reset, (":scheme", "http"), (":path", "/case"), (":authority", "g")),
        ["no :path"] = Only(Reset, (":method", "GET"), (":scheme", "http"), (":authority", "g")),
        ["no :scheme"] = Only(Reset, (":method", "GET"), (":path", "/case"), (":authority", "g")),
        ["no :authority and no host"] = Only(Answer, (":method", "GET"), (":scheme", "http"), (":path", "/case")),
        [":method twice"] = With(GoAway, ":method", "POST"),
        [":path twice"] = With(GoAway, ":path", "/evil"),
        [":authority twice"] = With(GoAway, ":authority", "evil"),
        [":scheme twice"] = With(GoAway, ":scheme", "http"),
        ["unknown pseudo-header"] = With(GoAway, ":evil", "1"),
        [":status in a request"] = With(GoAway, ":status", "200"),
        [":protocol without CONNECT"] = With(Reset, ":protocol", "websocket"),
        ["pseudo-header behind a header"] = Only(GoAway, (":method", "GET"), (":scheme", "http"), (":path", "/case"), ("x", "y"), (":authority", "g")),
        ["empty :method"] = Replaced(Reset, ":method", ""),
        [":method with a space"] = Replaced(GoAway, ":method", "GET / HTTP/1.1\r\nx: y"),
        [":method that is no token"] = Replaced(Reset, ":method", "G(T"),
        ["known :method in the wrong case"] = Replaced(Answer, ":method", "get"),
        ["empty :path"] = Replaced(Reset, ":path", ""),
        [":path with a space"] = Replaced(Answer, ":path", "/case HTTP/1.1"),
        [":path with CR LF"] = Replaced(GoAway, ":path", "/case HTTP/1.1\r\nx: y"),
        [":path with a NUL"] = Replaced(GoAway, ":path", "/ca\0se"),
        [":path with a tab"] = Replaced(Answer, ":path", "/ca\tse"),
        [":path beyond ASCII"] = Replaced(Answer, ":path", "/ca\u00E9se"),
        [":path with a fragment"] = Replaced(Answer, ":path", "/case#x"),
        [":path in absolute form"] = Replaced(Reset, ":path", "http://evil/case"),
        [":path without a slash"] = Replaced(Reset, ":path", "case"),
        [":path that is an asterisk without OPTIONS"] = Replaced(Reset, ":path", "*"),
        [":path that climbs"] = Replaced(Answer, ":path", "/../case"),
        [":path with an encoded NUL"] = Replaced(Reset, ":path", "/ca%00se"),
        [":path with a backslash"] = Replaced(Answer, ":path", "/ca\\se"),
        [":scheme with CR LF"] = Replaced(GoAway, ":scheme", "http\r\nx: y"),
        [":scheme that is another's"] = Replaced(Reset, ":scheme", "ftp"),
        [":authority with a user"] = Replaced(Reset, ":authority", "u@g"),
        [":authority with a path"] = Replaced(Reset, ":authority", "g/evil"),
        [":authority with a space"] = Replaced(Reset, ":authority", "g evil"),
        [":authority with CR LF"] = Replaced(GoAway, ":authority", "g\r\nx: y"),
        [":authority that is a list"] = Replaced(Reset, ":authority", "g, evil"),
        [":authority with a port that is none"] = Replaced(Reset, ":authority", "g:8x"),
        ["host twice without :authority"] = Only(Reset, (":method", "GET"), (":scheme", "http"), (":path", "/case"), ("host", "g"), ("host", "evil")),
        ["host with a user without :authority"] = Only(Reset, (":method", "GET"), (":scheme", "http"), (":path", "/case"), ("host", "u@g")),
        ["CONNECT with a path"] = Replaced(Reset, ":method", "CONNECT"),
        ["CONNECT opens no tunnel"] = Only(Answer, (":method", "CONNECT"), (":authority", "g:443")) with { Status = 405, Reason = "method_not_allowed" },
        ["TRACE reflects nothing"] = Replaced(Answer, ":method", "TRACE") with { Status = 405, Reason = "method_not_allowed" },
    };

    private static HostileHttp2 Only(Http2Refusal refusal, params (string Name, string Value)[] fields) => new(refusal, fields);

    private static HostileHttp2 With(Http2Refusal refusal, string name, string value) => Only(refusal, [.. Whole, (name, value)]);

    private static HostileHttp2 With(Http2Refusal refusal, (string Name, string Value)[] fields, string data) =>
        new(refusal, [(":method", "POST"), .. Whole[1..], .. fields], data);

    private static HostileHttp2 Replaced(Http2Refusal refusal, string name, string value) =>
        Only(refusal, [.. Whole.Select(field => field.Name == name ? (name, value) : field)]);
}
