using System.Text;
using Gateway.Benchmarks.Scenarios;

namespace Gateway.Benchmarks.Load;

/// <summary>A request as its bytes, made once, so that sending costs no more than a copy.</summary>
internal sealed class WireRequest
{
    private readonly byte[] _before, _after;

    /// <param name="shape">What it asks.</param>
    /// <param name="authority">Host and port.</param>
    public WireRequest(RequestShape shape, string authority)
    {
        Shape = shape;
        string body = shape.Body ?? "";
        string before = $"{shape.Method} {shape.Path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: gateway-load\r\n"
            + (shape.Token is { } token ? $"Authorization: Bearer {token}\r\n" : "")
            + (shape.Body is null ? "" : $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        (_before, _after) = shape.UsesLogin
            ? (Encoding.UTF8.GetBytes(before + "Authorization: Bearer "), Encoding.UTF8.GetBytes($"\r\n\r\n{body}"))
            : (Encoding.UTF8.GetBytes($"{before}\r\n{body}"), []);
    }

    public RequestShape Shape { get; }

    /// <summary>Most bytes that it has besides a token.</summary>
    public int Bytes => _before.Length + _after.Length;

    /// <summary>Copies it into a buffer and tells how long it is.</summary>
    /// <param name="into">At least <see cref="Bytes"/> and the token long.</param>
    /// <param name="token">The login's; left out unless the shape uses it.</param>
    public int Write(Span<byte> into, ReadOnlySpan<byte> token)
    {
        _before.CopyTo(into);
        int length = _before.Length;
        if (Shape.UsesLogin)
        {
            token.CopyTo(into[length..]);
            length += token.Length;
            _after.CopyTo(into[length..]);
            length += _after.Length;
        }

        return length;
    }
}
