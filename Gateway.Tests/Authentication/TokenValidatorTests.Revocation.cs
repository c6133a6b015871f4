using System.Net;
using Gateway.Core.Authentication;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Authentication;

/// <summary>Revocation, what gateways share, and what is in doubt.</summary>
public sealed partial class TokenValidatorTests
{
    private readonly ModelTokenStore _store = ModelTokenStore.Create();

    [Fact]
    public async Task RevokedToken_IsAskedAboutAgain()
    {
        TokenValidator validator = New();
        await Ask(validator, "t");
        _backend.Status = HttpStatusCode.Unauthorized;
        (await Ask(validator, "t")).IsValid.Should().BeTrue("it is cached");

        (await validator.RevokeTokenAsync("t", RevocationSource.Admin)).Should().Be(RevocationReach.Here);

        (await Ask(validator, "t")).Verdict.Should().Be(TokenVerdict.Invalid);
        validator.Cache.Revocations.Learned(RevocationSource.Admin).Value.Should().Be(1);
    }

    [Fact]
    public async Task RevokedUser_HasNoTokenThatIsNotAskedAboutAgain()
    {
        TokenValidator validator = New();
        await Task.WhenAll(Ask(validator, "a"), Ask(validator, "b"));
        await validator.RevokeUserAsync("user-a", RevocationSource.Admin);

        await Task.WhenAll(Ask(validator, "a"), Ask(validator, "b"));
        _backend.Verifications.Should().Be(3);
        await Ask(validator, "a");
        _backend.Verifications.Should().Be(3, "the new answer is believed");
    }

    /// <summary>The auth service may have judged before the logout, and its answer come after.</summary>
    [Fact]
    public async Task RevocationDuringTheCall_TheAnswerIsAskedForAgain()
    {
        TokenValidator validator = New();
        TaskCompletionSource gate = _backend.Hold();
        Task<TokenResult> asked = Ask(validator, "t");
        await validator.RevokeTokenAsync("t", RevocationSource.Logout);
        gate.SetResult();

        (await asked).IsValid.Should().BeTrue();
        _backend.Verifications.Should().Be(2);
    }

    [Fact]
    public async Task RevokedUserWhileTheAuthServiceIsDown_IsUnknownAndNotServedFromMemory()
    {
        TokenValidator validator = New();
        await Ask(validator, "t");
        _backend.Status = HttpStatusCode.BadGateway;
        await validator.RevokeUserAsync("user-t", RevocationSource.Admin);
        (await Ask(validator, "t")).Verdict.Should().Be(TokenVerdict.Unknown);
    }

    [Fact]
    public async Task ModeJwt_HasNobodyToAskAgain()
    {
        TokenValidator validator = New(AuthMode.Jwt);
        (await validator.RevokeTokenAsync("t", RevocationSource.Admin)).Should().Be(RevocationReach.Nowhere);
    }

    [Fact]
    public async Task AnotherGatewaysAnswer_SparesTheCall()
    {
        await using TokenValidator one = Sharing(), other = Sharing();
        await Ask(one, "t");
        TokenResult found = await Ask(other, "t");
        found.User!.UserId.Should().Be("user-t");
        _backend.Verifications.Should().Be(1);
        _clock.Advance(TimeSpan.FromMinutes(15));
        await Ask(other, "t");
        _backend.Verifications.Should().Be(2, "both end with the answer");
    }

    [Fact]
    public async Task RevocationAtOneGateway_IsAskedAboutAtTheOther()
    {
        await using TokenValidator one = Sharing(), other = Sharing();
        await Task.WhenAll(Ask(one, "t"), Ask(other, "t"));
        _backend.Status = HttpStatusCode.Unauthorized;
        (await one.RevokeTokenAsync("t", RevocationSource.Logout)).Should().Be(RevocationReach.Store);
        (await Ask(one, "t")).Verdict.Should().Be(TokenVerdict.Invalid);
        await PassUntilAsync(() => other.Cache.Revocations.Count == 1);
        (await Ask(other, "t")).Verdict.Should().Be(TokenVerdict.Invalid);
    }

    [Fact]
    public async Task ForgedEntry_IsAskedAboutAndOverwritten()
    {
        await using TokenValidator one = Sharing(), other = Sharing();
        await Ask(one, "t");
        string hash = _store.Entries.Keys.Single();
        _store.Entries[hash] = [.. _store.Entries[hash].Reverse()];
        await Ask(other, "t");
        _backend.Verifications.Should().Be(2);
        await using TokenValidator third = Sharing();
        await Ask(third, "t");
        _backend.Verifications.Should().Be(2);
    }

    [Fact]
    public async Task StoreAway_WhatIsOlderThanTheSoftDurationIsAskedAgain_OnceForEach()
    {
        await using TokenValidator validator = Sharing();
        await Ask(validator, "t");
        await LoseStoreAsync(validator);
        await Ask(validator, "t");
        _backend.Verifications.Should().Be(1, "it is young");

        _clock.Advance(TimeSpan.FromMinutes(1));
        await Ask(validator, "t");
        await Ask(validator, "t");
        _backend.Verifications.Should().Be(2);
        validator.Cache.Doubts.Value.Should().Be(1);
    }

    [Fact]
    public async Task StoreAndAuthServiceAway_WhatIsCachedStaysInUseToItsEnd()
    {
        await using TokenValidator validator = Sharing();
        await Ask(validator, "t");
        await LoseStoreAsync(validator);
        _backend.Status = HttpStatusCode.BadGateway;
        _clock.Advance(TimeSpan.FromMinutes(10));
        for (int i = 0; i < 10; i++)
        {
            (await Ask(validator, "t")).IsValid.Should().BeTrue();
        }

        _backend.Verifications.Should().Be(2, "it is not asked about with every request");
        _clock.Advance(TokenCache.DoubtPause);
        (await Ask(validator, "t")).IsValid.Should().BeTrue();
        _backend.Verifications.Should().Be(3);
        _clock.Advance(TimeSpan.FromMinutes(5));
        (await Ask(validator, "t")).Verdict.Should().Be(TokenVerdict.Unknown);
    }

    [Fact]
    public async Task StoreAwayAndAuthServiceSilent_ARequestWaitsNotLong()
    {
        await using TokenValidator validator = Sharing();
        await Ask(validator, "t");
        await LoseStoreAsync(validator);
        _clock.Advance(TimeSpan.FromMinutes(1));
        TaskCompletionSource gate = _backend.Hold();

        Task<TokenResult> asked = Ask(validator, "t");
        asked.IsCompleted.Should().BeFalse();
        _clock.Advance(TokenValidator.DoubtPatience);
        (await asked).IsValid.Should().BeTrue();
        gate.SetResult();
    }

    [Fact]
    public async Task GapInTheLog_EverythingIsAskedAgainOnce()
    {
        await using TokenValidator validator = Sharing();
        await Ask(validator, "t");
        string log = validator.Cache.Revocations.View.Position!.Log;
        _store.Flush();
        await PassUntilAsync(() => validator.Cache.Revocations.View.Position is { } position && position.Log != log);

        Task<TokenResult>[] waiting = [.. Enumerable.Range(0, 100).Select(_ => Ask(validator, "t"))];
        await Task.WhenAll(waiting);
        await Ask(validator, "t");
        _backend.Verifications.Should().Be(2);
    }

    /// <summary>The hot path with something revoked since: one look into what is revoked, then none.</summary>
    [Fact]
    public async Task HitAfterARevocationOfAnother_AllocatesNothing()
    {
        await using TokenValidator validator = Sharing();
        await Ask(validator, "t");
        ReadOnlyMemory<char> token = "t".AsMemory();
        Allocations.Of(() => Hit(validator, token, connection: null)).Should().Be(0);
        await validator.RevokeUserAsync("somebody", RevocationSource.Admin);
        Allocations.Of(() => Hit(validator, token, connection: null)).Should().Be(0);
    }

    private TokenValidator Sharing()
    {
        var options = new AuthOptions { ServiceUrl = "http://auth", Shared = new SharedTokenOptions { Redis = "model", KeyFile = "key" } };
        return new TokenValidator(options, new HttpMessageInvoker(_backend, disposeHandler: false), _clock,
            revocations => new SharedTokens(_store, options, revocations, _clock, static _ => { }, static _ => { }));
    }

    private Task LoseStoreAsync(TokenValidator validator)
    {
        _store.Failure = new IOException("gone");
        return PassUntilAsync(() => validator.Cache.Revocations.View.IsAway);
    }

    private Task PassUntilAsync(Func<bool> isSo) => RealTime.PassAsync(_clock, isSo);
}
