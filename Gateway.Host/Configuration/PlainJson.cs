using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Host.Configuration;

/// <summary>How commands write JSON: for programs, and still to be read by people.</summary>
internal static class PlainJson
{
    /// <summary>New ones, since each serializer keeps its own: snake case, indented, without nulls. Quotes and the like stand as they are: it is no
    /// HTML, and is not served as such.</summary>
    public static JsonSerializerOptions Options() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };
}
