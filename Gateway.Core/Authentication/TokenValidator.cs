using System.Collections.Concurrent;
using System.Diagnostics;
using Gateway.Core.Context;

namespace Gateway.Core.Authentication;

/// <summary>
/// Judges tokens: from the cache, else by whom <see cref="AuthOptions.Mode"/> names, with one call per token at a time
/// however many requests wait for it. Safe from any thread.
/// </summary>
internal sealed class TokenValidator : IDisposable
{
    private readonly ConcurrentDictionary<string, Task<TokenResult>> _underWay = new(StringComparer.Ordinal);
    private readonly AuthMode _mode;
    private readonly HttpMessageInvoker _http;
    private int _owners = 1;

    /// <param name="options">Configured (<see cref="AuthOptions.IsConfigured"/>).</param>
    /// <param name="http">Reaches the auth service and the issuer's keys; follows no redirect and keeps no cookies. Owned.</param>
    /// <param name="clock">For all that the validator judges.</param>
    public TokenValidator(AuthOptions options, HttpMessageInvoker http, TimeProvider clock)
    {
        (_mode, _http) = (options.Mode, http);
        Cache = new TokenCache(options, clock);
        Service = options.UsesAuthService ? new AuthServiceClient(options, http, clock) : null;
        Jwt = options.UsesJwt ? new JwtValidator(options, new JwksKeys(options, http, clock), clock) : null;
    }

    public TokenCache Cache { get; }

    /// <summary>Null in the mode Jwt.</summary>
    public AuthServiceClient? Service { get; }

    /// <summary>Null in the mode AuthService.</summary>
    public JwtValidator? Jwt { get; }

    /// <summary>Tokens being judged at the moment.</summary>
    internal int UnderWay => _underWay.Count;

    /// <summary>Judges a token. A cached one is answered at once, and without allocating: but for its key, once, where a connection remembers it.</summary>
    /// <param name="token">From <see cref="AccessToken"/>.</param>
    /// <param name="connection">Remembers the token's key, the hash of which is the dearest part of a hit; null for a connection that carries
    /// the tokens of many.</param>
    /// <param name="aborted">Ends this caller's waiting, not the call, which others may wait for and the cache will want.</param>
    /// <exception cref="OperationCanceledException">The caller no longer waits.</exception>
    public ValueTask<TokenResult> ValidateAsync(ReadOnlyMemory<char> token, ClientConnection? connection, CancellationToken aborted)
    {
        string? known = connection?.KeyOf(token);
        Span<char> made = stackalloc char[TokenCache.KeyLength];
        if (known is null)
        {
            TokenCache.MakeKey(token.Span, made);
        }

        if (Cache.TryGet(known is null ? made : known.AsSpan(), out TokenResult cached))
        {
            if (known is null)
            {
                connection?.Remember(token, made);
            }

            return new ValueTask<TokenResult>(cached);
        }

        return new ValueTask<TokenResult>(JoinOrStart(known ?? new string(made), token).WaitAsync(aborted));
    }

    /// <summary>One owner more.</summary>
    public TokenValidator Share()
    {
        Interlocked.Increment(ref _owners);
        return this;
    }

    /// <summary>One owner less; the last ends it.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _owners) == 0)
        {
            Cache.Dispose();
            _http.Dispose();
        }
    }

    private Task<TokenResult> JoinOrStart(string key, ReadOnlyMemory<char> token)
    {
        var mine = new TaskCompletionSource<TokenResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<TokenResult> call = _underWay.GetOrAdd(key, mine.Task);
        if (call == mine.Task)
        {
            _ = RunAsync(key, token.ToString(), mine);
        }

        return call;
    }

    /// <summary>The order matters: cached first, so that nobody finds neither entry nor call; then gone from the calls under way,
    /// so that a waiter who asks again gets a new one; then told.</summary>
    private async Task RunAsync(string key, string token, TaskCompletionSource<TokenResult> mine)
    {
        try
        {
            // A call may have ended between this request's look into the cache and its turn to ask.
            if (!Cache.TryPeek(key, out TokenResult result))
            {
                result = await AskAsync(token);
                Cache.Set(key, result);
            }

            _underWay.TryRemove(key, out _);
            mine.SetResult(result);
        }
        catch (Exception e)
        {
            _underWay.TryRemove(key, out _);
            mine.SetException(e);
        }
    }

    private async ValueTask<TokenResult> AskAsync(string token)
    {
        switch (_mode)
        {
            case AuthMode.AuthService:
                return await Service!.VerifyAsync(token);
            case AuthMode.Jwt:
                return await Jwt!.ValidateAsync(token);
            case AuthMode.JwtThenAuthService:
                TokenResult local = await Jwt!.ValidateAsync(token);
                if (!local.IsValid)
                {
                    return local;
                }

                TokenResult remote = await Service!.VerifyAsync(token);
                return remote.IsValid ? TokenResult.Valid(remote.User.EndingBy(local.User.ExpiresAt)) : remote;
            default:
                throw new UnreachableException($"AuthMode {_mode}");
        }
    }
}
