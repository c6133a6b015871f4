using Gateway.Core.Errors;

namespace Gateway.Tests.House;

/// <summary>The closed list of errors and the contract's vocabulary are the same list.</summary>
public sealed class ErrorTableTests
{
    private static readonly string[] Vocabulary =
    [
        "bad_request", "header_too_large", "body_too_large", "uri_too_long", "token_missing", "token_invalid", "auth_unavailable",
        "forbidden", "rate_limited", "no_route", "method_not_allowed", "circuit_open", "no_healthy_instance", "overloaded", "connect_failed",
        "upstream_timeout", "upstream_reset", "upstream_bad_response", "client_closed", "draining", "internal",
    ];

    private static readonly GatewayError[] Errors = [.. Enum.GetValues<GatewayError>().Where(static error => error != GatewayError.None)];

    [Fact]
    public void Reasons_AreTheContractsVocabulary() =>
        Errors.Where(static error => error != GatewayError.RequestTimeout).Select(static error => error.Row().Reason)
            .Should().BeEquivalentTo(Vocabulary);

    /// <summary>The vocabulary is closed and has no word of its own for a request that arrives too slowly.</summary>
    [Fact]
    public void RequestTimeout_IsABadRequestWithAStatusOfItsOwn()
    {
        GatewayError.RequestTimeout.Row().Reason.Should().Be(GatewayError.BadRequest.Row().Reason);
        GatewayError.RequestTimeout.Row().Status.Should().Be(408);
    }

    [Fact]
    public void Reasons_AreTheErrorsNames() => Errors.Should().OnlyContain(static error => error == GatewayError.RequestTimeout
        || error.Row().Reason == System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(error.ToString()));

    [Fact]
    public void Titles_AreDistinctSentencesWithoutAFullStop()
    {
        Errors.Select(static error => error.Row().Title).Should().OnlyHaveUniqueItems();
        Errors.Should().OnlyContain(static error => char.IsUpper(error.Row().Title[0]) && !error.Row().Title.EndsWith('.'));
    }

    [Fact]
    public void Statuses_SayWhoseFaultItIs()
    {
        Errors.Should().OnlyContain(static error => error.Row().Status >= 400 && error.Row().Status < 600);
        Errors.Should().OnlyContain(static error => error.Row().Blame == Blame.Client == error.Row().Status < 500);
    }
}
