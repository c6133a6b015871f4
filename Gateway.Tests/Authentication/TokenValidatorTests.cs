using System.Net;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

public sealed partial class TokenValidatorTests : IAsyncLifetime, IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _clock = new(Noon);
    private readonly FakeBackend _backend = new();
    private readonly HttpMessageInvoker _http;
    private readonly CancellationTokenSource _leaves = new();
    private readonly ClientConnection _connection = new();
    private TokenValidator? _validator;

    public TokenValidatorTests() => _http = new HttpMessageInvoker(_backend);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_validator is not null)
        {
            await _validator.DisposeAsync();
        }

        await _store.DisposeAsync();
    }

    public void Dispose()
    {
        _leaves.Dispose();
        _http.Dispose();
        _backend.Dispose();
    }

    [Fact]
    public async Task ThousandWaitersWithOneNewToken_MakeOneCall()
    {
        TokenValidator validator = New();
        TaskCompletionSource gate = _backend.Hold();
        Task<TokenResult>[] waiting = new Task<TokenResult>[1000];
        Parallel.For(0, waiting.Length, i => waiting[i] = Ask(validator, "t"));

        waiting.Should().OnlyContain(task => !task.IsCompleted);
        gate.SetResult();
        TokenResult[] results = await Task.WhenAll(waiting);

        results.Should().OnlyContain(result => result.IsValid && result.User == results[0].User);
        _backend.Verifications.Should().Be(1);
        validator.UnderWay.Should().Be(0);
    }

    [Fact]
    public async Task ThousandRequestsRacingACallThatEndsAtOnce_MakeOneCall()
    {
        TokenValidator validator = New();
        Task<TokenResult>[] waiting = new Task<TokenResult>[1000];
        Parallel.For(0, waiting.Length, i => waiting[i] = Ask(validator, "t"));

        await Task.WhenAll(waiting);

        _backend.Verifications.Should().Be(1);
    }

    [Fact]
    public async Task DifferentTokens_AreAskedAboutApart()
    {
        TokenValidator validator = New();

        TokenResult a = await Ask(validator, "a");
        TokenResult b = await Ask(validator, "b");

        (a.User!.UserId, b.User!.UserId).Should().Be(("user-a", "user-b"));
        _backend.Verifications.Should().Be(2);
    }

    [Fact]
    public async Task ValidToken_IsAskedAboutAgainOnlyWhenItsCacheEntryEnds()
    {
        TokenValidator validator = New();
        _backend.ExpiresAt = Noon.AddSeconds(90);
        await Ask(validator, "t");

        _clock.Advance(TimeSpan.FromSeconds(90) - TimeSpan.FromTicks(1));
        (await Ask(validator, "t")).IsValid.Should().BeTrue();
        _backend.Verifications.Should().Be(1);

        _clock.Advance(TimeSpan.FromTicks(1));
        (await Ask(validator, "t")).Verdict.Should().Be(TokenVerdict.Invalid);
        _backend.Verifications.Should().Be(2);
    }

    [Fact]
    public async Task AuthServiceDown_CachedUsersGoOn_NewOnesAreUnknown()
    {
        TokenValidator validator = New();
        await Ask(validator, "known");
        _backend.Status = HttpStatusCode.InternalServerError;

        (await Ask(validator, "known")).IsValid.Should().BeTrue();
        (await Ask(validator, "new")).Verdict.Should().Be(TokenVerdict.Unknown);
    }

    [Fact]
    public async Task InvalidToken_IsRememberedForSeconds()
    {
        TokenValidator validator = New();
        _backend.Status = HttpStatusCode.Unauthorized;
        await Ask(validator, "t");
        (await Ask(validator, "t")).Verdict.Should().Be(TokenVerdict.Invalid);
        _backend.Verifications.Should().Be(1);

        _backend.Status = HttpStatusCode.OK;
        _clock.Advance(TimeSpan.FromSeconds(5));
        (await Ask(validator, "t")).IsValid.Should().BeTrue();
        _backend.Verifications.Should().Be(2);
    }

    [Fact]
    public async Task Unknown_IsNeverRemembered_AndTheNextRequestAsksAgain()
    {
        TokenValidator validator = New();
        _backend.Status = HttpStatusCode.BadGateway;
        (await Ask(validator, "t")).Verdict.Should().Be(TokenVerdict.Unknown);

        _backend.Status = HttpStatusCode.OK;
        (await Ask(validator, "t")).IsValid.Should().BeTrue();
        _backend.Verifications.Should().Be(2);
    }

    [Fact]
    public async Task WaitersOfACallThatFails_AreAllToldSo_AndNothingIsLeftBehind()
    {
        TokenValidator validator = New();
        TaskCompletionSource gate = _backend.Hold();
        Task<TokenResult>[] waiting = [.. Enumerable.Range(0, 10).Select(_ => Ask(validator, "t"))];
        validator.UnderWay.Should().Be(1);

        gate.SetException(new HttpRequestException("reset"));
        TokenResult[] results = await Task.WhenAll(waiting);

        results.Should().OnlyContain(result => result.Verdict == TokenVerdict.Unknown);
        validator.UnderWay.Should().Be(0);
        validator.Cache.Count.Should().Be(0);
        _backend.Verifications.Should().Be(1);
    }

    [Fact]
    public async Task ClientThatLeaves_StopsWaiting_AndTheCallGoesOnForTheOthers()
    {
        TokenValidator validator = New();
        TaskCompletionSource gate = _backend.Hold();
        Task<TokenResult> first = validator.ValidateAsync("t".AsMemory(), new ClientConnection(), _leaves.Token).AsTask();
        Task<TokenResult> second = Ask(validator, "t");

        await _leaves.CancelAsync();
        await FluentActions.Awaiting(() => first).Should().ThrowAsync<OperationCanceledException>();
        second.IsCompleted.Should().BeFalse();
        gate.SetResult();

        (await second).IsValid.Should().BeTrue();
        _backend.Verifications.Should().Be(1);
    }

    [Fact]
    public async Task OnlyClientLeaves_TheAnswerIsStillRemembered()
    {
        TokenValidator validator = New();
        TaskCompletionSource gate = _backend.Hold();
        Task<TokenResult> only = validator.ValidateAsync("t".AsMemory(), new ClientConnection(), _leaves.Token).AsTask();
        await _leaves.CancelAsync();
        await FluentActions.Awaiting(() => only).Should().ThrowAsync<OperationCanceledException>();

        Task<TokenResult> next = Ask(validator, "t");
        gate.SetResult();

        (await next).IsValid.Should().BeTrue();
        (await Ask(validator, "t")).IsValid.Should().BeTrue();
        _backend.Verifications.Should().Be(1);
    }

    /// <summary>As behind a proxy that sends the requests of many on one connection.</summary>
    [Fact]
    public async Task CacheHitsOfManyTokens_AllocateNothing_WhereNoneIsRemembered()
    {
        TokenValidator validator = New();
        ReadOnlyMemory<char>[] tokens = ["first".AsMemory(), "second".AsMemory()];
        await Task.WhenAll(tokens.Select(token => validator.ValidateAsync(token, connection: null, CancellationToken.None).AsTask()));
        int next = 0;
        Allocations.Of(() => Hit(validator, tokens[next++ % 2], connection: null)).Should().Be(0);
    }

    [Fact]
    public async Task CacheHit_CompletesSynchronously_AndAllocatesNothing()
    {
        TokenValidator validator = New();
        ReadOnlyMemory<char> token = new string('a', 1200).AsMemory();
        await validator.ValidateAsync(token, _connection, CancellationToken.None);
        int hits = Hit(validator, token, _connection) + Hit(validator, token, _connection);

        long before = GC.GetAllocatedBytesForCurrentThread();
        hits += Hit(validator, token, _connection);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        allocated.Should().Be(0);
        hits.Should().Be(3);
    }

    private static int Hit(TokenValidator validator, ReadOnlyMemory<char> token, ClientConnection? connection)
    {
        ValueTask<TokenResult> result = validator.ValidateAsync(token, connection, CancellationToken.None);
        return result.IsCompletedSuccessfully && result.Result.IsValid ? 1 : 0;
    }

    private static Task<TokenResult> Ask(TokenValidator validator, string token) =>
        validator.ValidateAsync(token.AsMemory(), new ClientConnection(), CancellationToken.None).AsTask();

    private TokenValidator New(AuthMode mode = AuthMode.AuthService) => _validator = new(
        new AuthOptions
        {
            Mode = mode,
            ServiceUrl = "http://auth",
            Jwt = new JwtOptions { JwksUrl = "http://issuer/jwks" },
        },
        _http,
        _clock);
}
