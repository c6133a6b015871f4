namespace Gateway.Host.Admin;

/// <summary>Why the admin port did not do what it was asked for, as <c>application/problem+json</c> (RFC 9457).</summary>
/// <param name="Title">In a few words.</param>
/// <param name="Status">The answer's status.</param>
/// <param name="Detail">What to do about it.</param>
internal sealed record AdminProblem(string Title, int Status, string Detail)
{
    public string Type { get; } = "about:blank";

    public static AdminProblem Of(int status, string detail) =>
        new(Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), status, detail);

    public Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;
        http.Response.ContentType = "application/problem+json";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.Body.WriteAsync(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(this, AdminJson.Plain.AdminProblem)).AsTask();
    }
}
