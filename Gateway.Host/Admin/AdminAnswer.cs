using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gateway.Host.Admin;

/// <summary>What the admin port answers when all is well: JSON that nobody keeps.</summary>
internal static class AdminAnswer
{
    public static Task WriteAsync(HttpContext http, byte[] json)
    {
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.Body.WriteAsync(json).AsTask();
    }

    public static Task WriteAsync<T>(HttpContext http, T answer, JsonTypeInfo<T> type) => WriteAsync(http, JsonSerializer.SerializeToUtf8Bytes(answer, type));
}
