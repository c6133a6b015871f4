using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Benchmarks.Peers;

/// <summary>The bearer token of every request: a JWT, so that a peer without a cache can verify it by itself.</summary>
internal static class PeerToken
{
    /// <summary>What it is signed with; protects nothing.</summary>
    public const string Key = "a-key-of-32-bytes-and-more-for-the-peers";

    private const string Header = """{"alg":"HS256","typ":"JWT"}""";

    /// <summary>Valid for a day.</summary>
    public static string Create(DateTimeOffset now)
    {
        string claims = $$"""{"sub":"user-42","tier":"gold","roles":["customer"],"iat":{{now.ToUnixTimeSeconds()}},"exp":{{now.AddDays(1).ToUnixTimeSeconds()}}}""";
        string signed = $"{Encode(Encoding.UTF8.GetBytes(Header))}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.UTF8.GetBytes(signed)))}";
    }

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
