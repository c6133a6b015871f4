using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Gateway.Core.Context;
using Gateway.Core.Resilience;
using Gateway.Core.Telemetry;

namespace Gateway.Core.Authentication;

/// <summary>
/// Asks the auth service about a token. What it does not clearly say is unknown: an outage must not look like a bad token.
/// Safe from any thread.
/// </summary>
/// <param name="options">With <see cref="AuthOptions.ServiceUrl"/> set.</param>
/// <param name="http">Must not follow redirects: the token would follow too. Not disposed here.</param>
/// <param name="clock">Judges the timeout and the answers' expiry.</param>
internal sealed class AuthServiceClient(AuthOptions options, HttpMessageInvoker http, TimeProvider clock)
{
    /// <summary>An auth service that keeps failing is asked once a second, so that those who wait for it learn at once that it is away, and it is not
    /// stormed when it comes back.</summary>
    private static readonly CircuitBreakerOptions Breaker = new() { FailureThreshold = 5, Timeout = TimeSpan.FromSeconds(1), HalfOpenRequests = 1 };

    /// <summary>Bytes. An answer is a few hundred; this leaves room for thousands of roles and still bounds 256 calls to 16 MB.</summary>
    internal const int MaxAnswerBytes = 64 * 1024;

    private readonly Uri _verify = new(options.ServiceUrl!.TrimEnd('/') + options.VerifyPath);
    private readonly CircuitBreaker _breaker = new(Breaker, clock);
    private readonly Places _calls = new();

    /// <summary>Calls made.</summary>
    public HeldCounter Calls { get; } = new();

    /// <summary>Calls that ended without a clear answer: the auth service is down, slow, or answers nonsense.</summary>
    public HeldCounter Failures { get; } = new();

    /// <summary>Calls not made because <see cref="AuthOptions.MaxConcurrentCalls"/> were under way.</summary>
    public HeldCounter Overflows { get; } = new();

    /// <summary>Calls not made because the auth service has kept failing.</summary>
    public HeldCounter Spared { get; } = new();

    /// <summary>Never throws. Takes at most <see cref="AuthOptions.Timeout"/>; asks once.</summary>
    public async Task<TokenResult> VerifyAsync(string token)
    {
        if (!_calls.TryEnter(options.MaxConcurrentCalls))
        {
            Overflows.Increment();
            return TokenResult.Unknown;
        }

        if (!_breaker.TryEnter(out CircuitPass pass))
        {
            _calls.Leave();
            Spared.Increment();
            return TokenResult.Unknown;
        }

        Calls.Increment();
        TokenResult result = TokenResult.Unknown;
        AttemptResult answered = AttemptResult.Failure;
        try
        {
            result = await AskAsync(token);

            // That it cannot say is an answer, about this token.
            answered = AttemptResult.Success;
        }
        catch (Exception)
        {
            // The handler is foreign code and may throw anything; whatever it was, the token was not judged.
        }
        finally
        {
            _calls.Leave();
        }

        _breaker.Record(pass, answered);
        if (result.Verdict == TokenVerdict.Unknown)
        {
            Failures.Increment();
        }

        return result;
    }

    private async Task<TokenResult> AskAsync(string token)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, clock);
        byte[] question = JsonSerializer.SerializeToUtf8Bytes(new VerifyRequest(token), VerifyJson.Default.VerifyRequest);
        using var content = new ByteArrayContent(question);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, _verify) { Content = content };
        using HttpResponseMessage response = await http.SendAsync(request, timeout.Token);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return JudgeStatus(response.StatusCode);
        }

        await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, timeout.Token);
        await using Stream body = await response.Content.ReadAsStreamAsync(timeout.Token);
        return Judge(await JsonSerializer.DeserializeAsync(body, VerifyJson.Default.VerifyAnswer, timeout.Token));
    }

    /// <summary>4xx means invalid, but for those that speak of the moment and not of the token.</summary>
    /// <exception cref="HttpRequestException">It is no answer to the question.</exception>
    private static TokenResult JudgeStatus(HttpStatusCode status) => (int)status switch
    {
        408 or 425 or 429 => TokenResult.Unknown,
        >= 400 and < 500 => TokenResult.Invalid,
        _ => throw new HttpRequestException($"The auth service answered {(int)status}."),
    };

    private TokenResult Judge(VerifyAnswer? answer)
    {
        IReadOnlyList<string?> roles = answer?.Roles ?? [];
        IReadOnlyList<string?> scopes = answer?.Scopes ?? [];

        // Many services write "" for what they do not have.
        string? tier = string.IsNullOrEmpty(answer?.Tier) ? null : answer.Tier;
        string? email = string.IsNullOrEmpty(answer?.Email) ? null : answer.Email;
        if (answer is null || !UserContext.CanStandInHeaders(answer.UserId, roles, tier) || scopes.Contains(null)
            || answer.ExpiresAt > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            return TokenResult.Unknown;
        }

        if (answer.ExpiresAt <= clock.GetUtcNow().ToUnixTimeSeconds())
        {
            return TokenResult.Invalid;
        }

        DateTimeOffset? expiresAt = answer.ExpiresAt is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        return TokenResult.Valid(new UserContext(answer.UserId!, email, roles!, scopes!, tier, expiresAt));
    }
}
