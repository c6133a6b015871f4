using System.Net;
using Gateway.Core.Telemetry;

namespace Gateway.Core.Authentication;

/// <summary>
/// Keeps the issuer's keys: fetched when first needed, again in the background once they are
/// <see cref="JwtOptions.RefreshInterval"/> old, and now and then for a key id not seen before. Keys once had stay in use
/// while fetching fails. One fetch at a time. Safe from any thread.
/// </summary>
/// <param name="options">With <see cref="JwtOptions.JwksUrl"/> set.</param>
/// <param name="http">Makes the fetches. Not disposed here.</param>
/// <param name="clock">Judges ages and the timeout.</param>
internal sealed class JwksKeys(AuthOptions options, HttpMessageInvoker http, TimeProvider clock)
{
    /// <summary>Bytes. Large issuers publish some 30 KB, certificates included.</summary>
    internal const int MaxAnswerBytes = 256 * 1024;

    /// <summary>Pause after a failed fetch: an issuer that is down is not asked once per request. It matches the Retry-After of
    /// the 503 that clients get meanwhile.</summary>
    internal static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Uri _url = new(options.Jwt.JwksUrl!);
    private readonly Lock _gate = new();
    private volatile JwtKeySet? _keys;
    private Task? _fetch;
    private long? _failedAt;
    private long? _unknownKeyFetchAt;

    public HeldCounter Fetches { get; } = new();

    /// <summary>Fetches that brought no keys: unreachable, too slow, not 200, too large, or without a usable key.</summary>
    public HeldCounter FailedFetches { get; } = new();

    /// <summary>The keys now in use; null when there never were any and they cannot be had.</summary>
    public async ValueTask<JwtKeySet?> GetAsync()
    {
        JwtKeySet? keys = _keys;
        if (keys is not null && clock.GetElapsedTime(keys.FetchedAt) < options.Jwt.RefreshInterval)
        {
            return keys;
        }

        Task? fetch = JoinOrStart(mayStart: MayRetryLocked);
        if (keys is null && fetch is not null)
        {
            await fetch;
        }

        return _keys;
    }

    /// <summary>Newer keys for a token whose key id is not among <paramref name="seen"/>.</summary>
    /// <returns>Perhaps the same ones, when they were fetched for that reason less than
    /// <see cref="JwtOptions.UnknownKeyInterval"/> ago; null when the last fetch failed, so that nobody knows.</returns>
    public async ValueTask<JwtKeySet?> RefreshAsync(JwtKeySet seen)
    {
        if (_keys == seen && JoinOrStart(mayStart: TakeUnknownKeyTurnLocked) is { } fetch)
        {
            await fetch;
        }

        lock (_gate)
        {
            return _failedAt is null ? _keys : null;
        }
    }

    private bool MayRetryLocked() => _failedAt is not { } failedAt || clock.GetElapsedTime(failedAt) >= RetryInterval;

    private bool TakeUnknownKeyTurnLocked()
    {
        if (_unknownKeyFetchAt is { } last && clock.GetElapsedTime(last) < options.Jwt.UnknownKeyInterval)
        {
            return false;
        }

        _unknownKeyFetchAt = clock.GetTimestamp();
        return true;
    }

    /// <returns>The fetch under way or the one started here; null when there is none and it is not time for one.</returns>
    private Task? JoinOrStart(Func<bool> mayStart)
    {
        TaskCompletionSource mine;
        lock (_gate)
        {
            if (_fetch is not null)
            {
                return _fetch;
            }

            if (!mayStart())
            {
                return null;
            }

            mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _fetch = mine.Task;
        }

        _ = RunAsync(mine);
        return mine.Task;
    }

    private async Task RunAsync(TaskCompletionSource mine)
    {
        JwtKeySet? keys;
        Fetches.Increment();
        try
        {
            keys = await FetchAsync();
        }
        catch (Exception)
        {
            // The handler and the issuer's document are foreign; whatever went wrong, there are no new keys.
            keys = null;
        }

        if (keys is null)
        {
            FailedFetches.Increment();
        }

        lock (_gate)
        {
            _keys = keys ?? _keys;
            _failedAt = keys is null ? clock.GetTimestamp() : null;
            _fetch = null;
        }

        mine.SetResult();
    }

    private async Task<JwtKeySet?> FetchAsync()
    {
        using var timeout = new CancellationTokenSource(options.Timeout, clock);
        using var request = new HttpRequestMessage(HttpMethod.Get, _url);
        using HttpResponseMessage response = await http.SendAsync(request, timeout.Token);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return null;
        }

        await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, timeout.Token);
        return JwtKeySet.Parse(await response.Content.ReadAsStringAsync(timeout.Token), clock.GetTimestamp());
    }
}
