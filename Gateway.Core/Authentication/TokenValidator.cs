using System.Collections.Concurrent;
using System.Diagnostics;
using Gateway.Core.Context;

namespace Gateway.Core.Authentication;

/// <summary>
/// Judges tokens: from the cache, from what other gateways have found out, else by whom <see cref="AuthOptions.Mode"/> names, with one call per
/// token at a time however many requests wait for it. Safe from any thread.
/// </summary>
internal sealed class TokenValidator : IAsyncDisposable
{
    /// <summary>How long a request with a token in doubt waits for the answer, before it goes on by what is known: users that are cached go on
    /// undisturbed while the auth service is down, even if it is silent.</summary>
    internal static readonly TimeSpan DoubtPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>Questions in a row whose answers were revoked before they came.</summary>
    private const int MostAsked = 3;

    private readonly ConcurrentDictionary<string, Task<TokenResult>> _underWay = new(StringComparer.Ordinal);
    private readonly AuthMode _mode;
    private readonly HttpMessageInvoker _http;
    private readonly TimeProvider _clock;
    private int _owners = 1;

    /// <param name="options">Configured (<see cref="AuthOptions.IsConfigured"/>).</param>
    /// <param name="http">Reaches the auth service and the issuer's keys; follows no redirect and keeps no cookies. Owned.</param>
    /// <param name="clock">For all that the validator judges.</param>
    /// <param name="share">Makes the way to what gateways share, which is owned; null when nothing is shared.</param>
    /// <param name="custom">The application's own judgement; null but in the mode Custom.</param>
    public TokenValidator(
        AuthOptions options, HttpMessageInvoker http, TimeProvider clock, Func<Revocations, SharedTokens>? share = null, CustomTokenCheck? custom = null)
    {
        (_mode, _http, _clock) = (options.Mode, http, clock);
        Cache = new TokenCache(options, clock);
        Shared = share?.Invoke(Cache.Revocations);
        Service = options.UsesAuthService ? new AuthServiceClient(options, http, clock) : null;
        Custom = custom;
        Jwt = options.UsesJwt ? new JwtValidator(options, new JwksKeys(options, http, clock), clock) : null;
    }

    public TokenCache Cache { get; }

    /// <summary>Null when nothing is shared.</summary>
    public SharedTokens? Shared { get; }

    /// <summary>Null but in the mode Custom.</summary>
    public CustomTokenCheck? Custom { get; }

    /// <summary>Null in the modes Jwt and Custom.</summary>
    public AuthServiceClient? Service { get; }

    /// <summary>Null in the modes AuthService and Custom.</summary>
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

        CacheFinding found = Cache.Find(known is null ? made : known.AsSpan(), out TokenResult cached);
        if (found == CacheFinding.Sure)
        {
            if (known is null)
            {
                connection?.Remember(token, made);
            }

            return new ValueTask<TokenResult>(cached);
        }

        string key = known ?? new string(made);
        Task<TokenResult> call = JoinOrStart(key, token);
        return new ValueTask<TokenResult>(found == CacheFinding.InDoubt ? WaitInDoubtAsync(key, call, aborted) : call.WaitAsync(aborted));
    }

    /// <summary>From now on this gateway believes no answer about the token that was asked for before, and tells the others.</summary>
    /// <param name="token">One that <see cref="AccessToken.IsWellFormed"/>.</param>
    /// <param name="source">Who wants it.</param>
    public Task<RevocationReach> RevokeTokenAsync(ReadOnlySpan<char> token, RevocationSource source)
    {
        Span<char> made = stackalloc char[TokenCache.KeyLength];
        TokenCache.MakeKey(token, made);
        string key = new(made);
        Task<RevocationReach> reach = RevokeAsync(Revocation.OfKey(key), key, source);
        Cache.Remove(key);
        return reach;
    }

    /// <summary>The same for all tokens that a user has had until now.</summary>
    public Task<RevocationReach> RevokeUserAsync(string userId, RevocationSource source) => RevokeAsync(Revocation.OfUser(userId), null, source);

    /// <summary>One owner more.</summary>
    public TokenValidator Share()
    {
        Interlocked.Increment(ref _owners);
        return this;
    }

    /// <summary>One owner less; the last ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Decrement(ref _owners) == 0)
        {
            if (Shared is not null)
            {
                await Shared.DisposeAsync();
            }

            Cache.Dispose();
            _http.Dispose();
        }
    }

    private Task<RevocationReach> RevokeAsync(Revocation what, string? key, RevocationSource source)
    {
        if (_mode == AuthMode.Jwt)
        {
            return Task.FromResult(RevocationReach.Nowhere);
        }

        // Before anything is awaited: the next request finds it.
        Cache.Revocations.Add(what, source);
        return Shared?.AppendAsync(what, key) ?? Task.FromResult(RevocationReach.Here);
    }

    private async Task<TokenResult> WaitInDoubtAsync(string key, Task<TokenResult> call, CancellationToken aborted)
    {
        await ((Task)call).WaitAsync(DoubtPatience, _clock, aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        aborted.ThrowIfCancellationRequested();

        // It may have been revoked meanwhile: then there is only the answer.
        if (call.IsCompleted || Cache.Peek(key, out TokenResult known) == CacheFinding.None)
        {
            return await call.WaitAsync(aborted);
        }

        Cache.Stale.Increment();
        return known;
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
            if (Cache.Peek(key, out TokenResult result) != CacheFinding.Sure)
            {
                result = await FindAsync(key, token);
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

    /// <summary>Finds out about a token and remembers it. An answer that was revoked while it was on its way is no answer.</summary>
    private async ValueTask<TokenResult> FindAsync(string key, string token)
    {
        RevocationView asOf = Cache.Revocations.View;
        if (Shared is not null && await Shared.FindAsync(key) is { } shared && !IsRevoked(key, shared.User, asOf))
        {
            var found = TokenResult.Valid(shared.User);
            Cache.Set(key, found, asOf, shared.Life);
            return found;
        }

        for (int asked = 0; asked < MostAsked; asked++)
        {
            asOf = Cache.Revocations.View;
            TokenResult result = await AskAsync(token);
            if (result.Verdict == TokenVerdict.Unknown)
            {
                return Cache.TryKeepUsing(key, out TokenResult known) ? known : result;
            }

            if (result.User is not { } user || !IsRevoked(key, user, asOf))
            {
                Remember(key, result, asOf);
                return result;
            }
        }

        return TokenResult.Unknown;
    }

    private void Remember(string key, TokenResult result, RevocationView asOf)
    {
        Cache.Set(key, result, asOf);
        if (result.IsValid)
        {
            Shared?.Keep(key, result.User, Cache.LifeOf(result), asOf.Position);
        }
    }

    private bool IsRevoked(string key, UserContext user, RevocationView asOf)
    {
        RevocationView now = Cache.Revocations.View;
        return now.Tick != asOf.Tick && (asOf.Tick < now.Void
            || Cache.Revocations.IsRevoked(Revocation.OfKey(key), Revocation.OfUserHash(user.KeyHash), asOf.Tick));
    }

    private async ValueTask<TokenResult> AskAsync(string token)
    {
        switch (_mode)
        {
            case AuthMode.AuthService:
                return await Service!.VerifyAsync(token);
            case AuthMode.Custom:
                return await Custom!.VerifyAsync(token);
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
