using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

public sealed class CustomTokenCheckTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<Exception> _failures = [];

    [Fact]
    public async Task LaterThanTheTimeout_IsUnknown_AndKeepsItsPlaceUntilItEnds()
    {
        var answer = new TaskCompletionSource<TokenResult>();
        CancellationToken given = default;
        CustomTokenCheck check = Check(
            (_, cancellation) =>
            {
                given = cancellation;
                return new ValueTask<TokenResult>(answer.Task);
            },
            calls: 1);

        Task<TokenResult> first = check.VerifyAsync("t");
        await RealTime.PassAsync(_clock, () => first.IsCompleted);

        (await first).Verdict.Should().Be(TokenVerdict.Unknown);
        given.IsCancellationRequested.Should().BeTrue();
        _failures.Should().ContainSingle().Which.Should().BeOfType<TimeoutException>();
        (await check.VerifyAsync("t")).Verdict.Should().Be(TokenVerdict.Unknown);
        (check.Calls.Value, check.Failures.Value, check.Overflows.Value).Should().Be((1, 1, 1));

        answer.SetResult(TokenResult.Invalid);
        (await Eventually.BecomesAsync(() => check.VerifyAsync("t"), static result => result.Verdict == TokenVerdict.Invalid))
            .Verdict.Should().Be(TokenVerdict.Invalid);
    }

    [Fact]
    public async Task WhatItThrows_IsUnknown_AndTold()
    {
        CustomTokenCheck check = Check(static (_, _) => throw new InvalidOperationException("defect"));
        (await check.VerifyAsync("t")).Verdict.Should().Be(TokenVerdict.Unknown);
        _failures.Should().ContainSingle().Which.Message.Should().Be("defect");
    }

    [Fact]
    public async Task UserWhoseTokenHasEnded_IsInvalid()
    {
        CustomTokenCheck check = Check((token, _) => ValueTask.FromResult(
            TokenResult.Valid(new UserContext(token, null, [], [], null, _clock.GetUtcNow()))));
        (await check.VerifyAsync("t")).Verdict.Should().Be(TokenVerdict.Invalid);
    }

    private CustomTokenCheck Check(TokenCheck check, int calls = 256) =>
        new(check, new AuthOptions { Mode = AuthMode.Custom, MaxConcurrentCalls = calls }, _clock, _failures.Add);
}
