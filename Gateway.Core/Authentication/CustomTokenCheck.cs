using Gateway.Core.Resilience;
using Gateway.Core.Telemetry;

namespace Gateway.Core.Authentication;

/// <summary>Has an application judge tokens, within the bounds that the auth service has too. Safe from any thread.</summary>
/// <param name="check">The application's.</param>
/// <param name="options">Bounds.</param>
/// <param name="clock">Judges the timeout.</param>
/// <param name="failed">Gets what the check throws; must neither block nor throw.</param>
internal sealed class CustomTokenCheck(TokenCheck check, AuthOptions options, TimeProvider clock, Action<Exception> failed)
{
    private readonly Places _calls = new();

    /// <summary>Calls made.</summary>
    public HeldCounter Calls { get; } = new();

    /// <summary>Calls that threw, or took too long.</summary>
    public HeldCounter Failures { get; } = new();

    /// <summary>Calls not made because <see cref="AuthOptions.MaxConcurrentCalls"/> were under way.</summary>
    public HeldCounter Overflows { get; } = new();

    /// <summary>Never throws. Takes at most <see cref="AuthOptions.Timeout"/>.</summary>
    public async Task<TokenResult> VerifyAsync(string token)
    {
        if (!_calls.TryEnter(options.MaxConcurrentCalls))
        {
            Overflows.Increment();
            return TokenResult.Unknown;
        }

        Calls.Increment();
        Task<TokenResult> call = CallAsync(token);
        try
        {
            return await call.WaitAsync(options.Timeout, clock);
        }
        catch (Exception failure)
        {
            Failures.Increment();
            failed(failure);

            // Too late to be of interest, and no news to those who listen for failures that nobody has looked at.
            _ = call.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return TokenResult.Unknown;
        }
    }

    /// <summary>A call that outlasts its time keeps its place: so many are under way.</summary>
    private async Task<TokenResult> CallAsync(string token)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, clock);

        // Foreign code may block before it returns its task: nobody else is to wait for that.
        await Task.Yield();
        try
        {
            TokenResult result = await check(token, timeout.Token);
            return result.User?.ExpiresAt <= clock.GetUtcNow() ? TokenResult.Invalid : result;
        }
        finally
        {
            _calls.Leave();
        }
    }
}
