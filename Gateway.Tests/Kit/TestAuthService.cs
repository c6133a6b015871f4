using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Kit;

/// <summary>An auth service that judges each token as the test says, and keeps what it was asked.</summary>
internal sealed class TestAuthService : IAsyncDisposable
{
    private static readonly string[] Roles = ["customer"], Scopes = ["read"];

    private readonly ConcurrentQueue<string> _questions = new();
    private TestInstance _instance = null!;

    private TestAuthService(Func<string, string?> judge) => Judge = judge;

    /// <summary>A user's JSON for a valid token; "" for an invalid one; null when it cannot say.</summary>
    public Func<string, string?> Judge { get; set; }

    public string Url => _instance.Url;

    /// <summary>Each as <c>METHOD path content-type body</c>.</summary>
    public IReadOnlyCollection<string> Questions => _questions;

    public static async Task<TestAuthService> StartAsync(Func<string, string?> judge)
    {
        var service = new TestAuthService(judge);
        service._instance = await TestInstance.StartAsync(service.AnswerAsync);
        return service;
    }

    /// <summary>Knows every token as the user of that name.</summary>
    public static Task<TestAuthService> StartAsync() => StartAsync(static token => User(token));

    public static string User(string id, long? expiresAt = null, string? tier = null) => JsonSerializer.Serialize(new Dictionary<string, object?>
    {
        ["user_id"] = id,
        ["email"] = $"{id}@example.com",
        ["roles"] = Roles,
        ["scopes"] = Scopes,
        ["tier"] = tier,
        ["expires_at"] = expiresAt,
    });

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        string body = await reader.ReadToEndAsync();
        _questions.Enqueue($"{http.Request.Method} {http.Request.Path} {http.Request.ContentType} {body}");
        string? answer = Judge(JsonElement.Parse(body).GetProperty("token").GetString()!);
        http.Response.StatusCode = answer switch { null => 500, "" => 401, _ => 200 };
        await http.Response.WriteAsync(answer ?? "");
    }
}
