using System.Text.Json;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Responses;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Responses;

public sealed class ErrorResponderTests
{
    public static TheoryData<int> Answered => [.. Enum.GetValues<GatewayError>()
        .Where(error => error is not (GatewayError.None or GatewayError.ClientClosed)).Select(error => (int)error)];

    [Theory]
    [MemberData(nameof(Answered))]
    public async Task EveryError_IsAnsweredByItsRow(int error)
    {
        using FakeExchange exchange = await RespondAsync(new FakeExchange(), (GatewayError)error);

        ErrorRow row = ((GatewayError)error).Row();
        exchange.Http.Response.StatusCode.Should().Be(row.Status);
        exchange.Headers.ContentType.ToString().Should().Be("application/problem+json");
        exchange.Headers.CacheControl.ToString().Should().Be("no-store");
        exchange.Headers.ContentLength.Should().Be(exchange.Written.Length);
        Members(exchange).Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["type"] = $"urn:gateway:error:{row.Reason}",
            ["title"] = row.Title,
            ["status"] = $"{row.Status}",
            ["reason"] = row.Reason,
            ["correlation_id"] = "c-1",
        });
    }

    [Fact]
    public async Task DetailAndRetryAfter_StandInTheBodyAndTheHeader()
    {
        using FakeExchange exchange = await RespondAsync(
            new FakeExchange(), GatewayError.RateLimited, "The limit 'a' is used up.", TimeSpan.FromSeconds(2.5));

        Members(exchange).Should().Contain("detail", "The limit 'a' is used up.").And.Contain("retry_after", "3");
        exchange.Headers.RetryAfter.ToString().Should().Be("3");
    }

    [Fact]
    public async Task RefusalWithoutRetryAfter_HasNoSuchHeader()
    {
        using FakeExchange exchange = await RespondAsync(new FakeExchange(), GatewayError.NoRoute);
        exchange.Headers.RetryAfter.Should().BeEmpty();
    }

    [Theory]
    [InlineData((int)GatewayError.TokenMissing, "Bearer")]
    [InlineData((int)GatewayError.TokenInvalid, "Bearer error=\"invalid_token\"")]
    [InlineData((int)GatewayError.Forbidden, "Bearer error=\"insufficient_scope\"")]
    [InlineData((int)GatewayError.AuthUnavailable, "")]
    [InlineData((int)GatewayError.NoRoute, "")]
    public async Task Challenge_IsThatOfTheError(int error, string challenge)
    {
        using FakeExchange exchange = await RespondAsync(new FakeExchange(), (GatewayError)error);
        exchange.Headers.WWWAuthenticate.ToString().Should().Be(challenge);
    }

    [Fact]
    public async Task MethodNotAllowed_SaysWhatIs()
    {
        using var exchange = new FakeExchange();
        GatewayContext context = exchange.Context();
        context.Allow = "GET, HEAD";
        await context.Refuse(GatewayError.MethodNotAllowed);

        await ErrorResponder.RespondAsync(context);

        exchange.Headers.Allow.ToString().Should().Be("GET, HEAD");
    }

    [Fact]
    public async Task Head_GetsTheHeadersWithoutTheBody()
    {
        using FakeExchange get = await RespondAsync(new FakeExchange(), GatewayError.NoRoute);
        using FakeExchange head = await RespondAsync(new FakeExchange("HEAD"), GatewayError.NoRoute);

        head.Written.Should().BeEmpty();
        head.Http.Response.StatusCode.Should().Be(404);
        head.Headers.Should().BeEquivalentTo(get.Headers);
    }

    [Fact]
    public async Task WhatTheServiceHadSaid_DoesNotLeakIntoTheAnswer()
    {
        using var exchange = new FakeExchange();
        GatewayContext context = exchange.Context();
        exchange.Http.Response.StatusCode = 200;
        exchange.Http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = "Fine";
        exchange.Headers.SetCookie = "session=secret";
        exchange.Headers.ContentEncoding = "gzip";
        exchange.Headers.ETag = "\"x\"";
        exchange.Headers.ContentLength = 1;

        await context.Refuse(GatewayError.UpstreamReset);
        await ErrorResponder.RespondAsync(context);

        exchange.Headers.Keys.Should().BeEquivalentTo("Content-Type", "Cache-Control", "Content-Length");
        exchange.Http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase.Should().BeNull();
    }

    [Fact]
    public async Task ResponseThatHasBegun_IsCutOff()
    {
        var exchange = new FakeExchange();
        await exchange.StartAsync();

        using (await RespondAsync(exchange, GatewayError.UpstreamReset))
        {
            (exchange.WasAborted, exchange.Http.Response.StatusCode, exchange.Written).Should().Be((true, 200, ""));
        }
    }

    [Fact]
    public async Task ClientThatLeft_IsToldNothing()
    {
        using FakeExchange exchange = await RespondAsync(new FakeExchange(), GatewayError.ClientClosed);
        (exchange.WasAborted, exchange.Written).Should().Be((true, ""));
    }

    [Fact]
    public async Task CharactersThatMeanSomethingInJson_AreEscaped()
    {
        using FakeExchange exchange = await RespondAsync(new FakeExchange(), GatewayError.BadRequest, "a \"quoted\"\n\\word");
        Members(exchange)["detail"].Should().Be("a \"quoted\"\n\\word");
    }

    private static async Task<FakeExchange> RespondAsync(FakeExchange exchange, GatewayError error, string? detail = null, TimeSpan? retryAfter = null)
    {
        GatewayContext context = exchange.Context();
        await context.Refuse(error, detail, retryAfter);
        await ErrorResponder.RespondAsync(context);
        return exchange;
    }

    private static Dictionary<string, string> Members(FakeExchange exchange) =>
        JsonElement.Parse(exchange.Written).EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString());

    [Fact]
    public async Task WhatTheApplicationHadSaidBefore_Stays()
    {
        using var exchange = new FakeExchange();
        exchange.Headers.StrictTransportSecurity = "max-age=1";
        exchange.Headers.CacheControl = "public";
        GatewayContext context = exchange.Context();
        exchange.Headers.StrictTransportSecurity = "the service's";
        exchange.Headers.SetCookie = "session=secret";
        await context.Refuse(GatewayError.UpstreamReset);

        await ErrorResponder.RespondAsync(context);

        (exchange.Headers.StrictTransportSecurity.ToString(), exchange.Headers.CacheControl.ToString()).Should().Be(("max-age=1", "no-store"));
        exchange.Headers.SetCookie.Should().BeEmpty();
    }
}
