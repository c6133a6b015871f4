using Gateway.Core.Errors;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Errors;

public sealed class GatewayErrorsTests
{
    /// <summary>The contract's vocabulary and statuses, written down a second time: scripts of users depend on every word.</summary>
    private static readonly (string Reason, int Status)[] Contract =
    [
        ("bad_request", 400),
        ("bad_request", 408),
        ("header_too_large", 431),
        ("body_too_large", 413),
        ("uri_too_long", 414),
        ("token_missing", 401),
        ("token_invalid", 401),
        ("auth_unavailable", 503),
        ("forbidden", 403),
        ("rate_limited", 429),
        ("no_route", 404),
        ("method_not_allowed", 405),
        ("circuit_open", 503),
        ("no_healthy_instance", 503),
        ("overloaded", 503),
        ("connect_failed", 502),
        ("upstream_timeout", 504),
        ("upstream_reset", 502),
        ("upstream_bad_response", 502),
        ("client_closed", 499),
        ("draining", 503),
        ("internal", 500),
    ];

    private static IEnumerable<GatewayError> All => Enum.GetValues<GatewayError>().Where(error => error != GatewayError.None);

    [Fact]
    public void EveryErrorOfTheContract_HasItsReasonAndStatus() =>
        All.Select(error => (error.Row().Reason, error.Row().Status)).Should().BeEquivalentTo(Contract);

    [Fact]
    public void EveryError_HasATitleOfItsOwn() =>
        All.Select(error => error.Row().Title).Should().OnlyHaveUniqueItems().And.OnlyContain(title => title.Length > 0 && !title.EndsWith('.'));

    [Fact]
    public void ClientsFaults_Are4xx_AndOthers5xx() =>
        All.Should().OnlyContain(error => error.Row().Blame == Blame.Client == error.Row().Status < 500);

    [Fact]
    public void OnlyWhatNoServiceHasSeen_MayAlwaysBeSentAgain() =>
        All.Where(error => error.Row().Retry == Retry.Always).Should().Equal(GatewayError.ConnectFailed);

    [Fact]
    public void OnlyServicesFaultsAfterSending_MayBeSentAgainIfIdempotent() =>
        All.Where(error => error.Row().Retry == Retry.IfIdempotent)
            .Should().Equal(GatewayError.UpstreamTimeout, GatewayError.UpstreamReset, GatewayError.UpstreamBadResponse);

    [Fact]
    public void ClientsFaults_WakeNobody() =>
        All.Where(error => error.Row().Blame == Blame.Client).Should().OnlyContain(error => error.Row().Level == LogLevel.Information);

    [Fact]
    public void OnlyOurOwnFault_IsLoggedAsAnError() =>
        All.Where(error => error.Row().Level == LogLevel.Error).Should().Equal(GatewayError.Internal);
}
