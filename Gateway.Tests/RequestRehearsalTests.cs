using Gateway.Core;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.Errors;
using Gateway.Tests.Kit;

namespace Gateway.Tests;

/// <summary>The stages that decide by the request alone; that they stand in the pipeline's order is told by ExplainerAgreementTests.</summary>
public sealed class RequestRehearsalTests
{
    private static readonly RequestRehearsal Rehearsal = new(TestOptions.For("http://10.0.0.1:80").WithRoutes(
        ("any", TestOptions.AnyPath with { Pattern = "/any/{**rest}", MaxRequestBodyBytes = 5 }),
        ("socket", TestOptions.AnyPath with { Pattern = "/socket" }),
        ("get", TestOptions.AnyPath with { Pattern = "/get", Methods = ["GET"] })) with
    {
        Cors = new CorsOptions { AllowedOrigins = ["https://page.example"] },
    });

    [Fact]
    public void RequestThatHasARoute_IsSentOn()
    {
        Rehearsed rehearsed = Run("POST", "/any/x?y");
        (rehearsed.IsSentOn, rehearsed.Context.Route!.Name, rehearsed.Context.Query).Should().Be((true, "any", "?y"));
    }

    [Theory]
    [InlineData("GET", "/%zz", "BadRequest")]
    [InlineData("GET", "/any/a%2fb", "BadRequest")]
    [InlineData("get", "/any", "BadRequest")]
    [InlineData("TRACE", "/any", "MethodNotAllowed")]
    [InlineData("GET", "/nowhere", "NoRoute")]
    [InlineData("POST", "/get", "MethodNotAllowed")]
    public void RequestThatIsRefused_SaysWhy(string method, string target, string error)
    {
        Rehearsed rehearsed = Run(method, target);
        (rehearsed.IsSentOn, rehearsed.Context.Error.ToString()).Should().Be((false, error));
    }

    [Fact]
    public void BodyThatIsTooLong_IsRefusedByItsLength()
    {
        Run("POST", "/any", ("Content-Length", "5")).IsSentOn.Should().BeTrue();
        Run("POST", "/any", ("Content-Length", "6")).Context.Error.Should().Be(GatewayError.BodyTooLarge);
    }

    [Fact]
    public void Preflight_IsAnsweredWithItsHeaders()
    {
        Rehearsed rehearsed = Run("OPTIONS", "/get", ("Origin", "https://page.example"), ("Access-Control-Request-Method", "POST"));
        (rehearsed.IsSentOn, rehearsed.Context.Error, rehearsed.Context.Http.Response.StatusCode).Should().Be((false, GatewayError.None, 204));
        rehearsed.Context.Http.Response.Headers.AccessControlAllowOrigin.ToString().Should().Be("https://page.example");
    }

    [Theory]
    [InlineData(true, "POST", "/any/x")]
    [InlineData(true, "GET", "/nowhere")]
    [InlineData(true, "POST", "/get")]
    [InlineData(true, "OPTIONS", "/any/x", "Max-Forwards", "0")]
    [InlineData(true, "OPTIONS", "/any/x", "Max-Forwards", "none")]
    [InlineData(false, "TRACE", "/any/x", "Max-Forwards", "0")]
    [InlineData(false, "OPTIONS", "*")]
    [InlineData(false, "GET", "/health/ready")]
    [InlineData(false, "GET", "/any/a%2fb")]
    [InlineData(false, "POST", "/any/x", "Content-Length", "6")]
    [InlineData(false, "OPTIONS", "/get", "Origin", "https://page.example", "Access-Control-Request-Method", "POST")]
    public void OnlyWhatComesAsFarAsTheLimits_MeetsThem(bool meets, string method, string target, params string[] headers) =>
        Run(method, target, [.. headers.Chunk(2).Select(static header => (header[0], header[1]))]).MeetsLimits.Should().Be(meets);

    [Fact]
    public void HealthEndpoint_IsAnswered() => Run("GET", "/health/ready").Should().Match<Rehearsed>(
        static rehearsed => !rehearsed.IsSentOn && rehearsed.Context.Error == GatewayError.None && rehearsed.Context.Http.Response.StatusCode == 200);

    [Fact]
    public void WebSocket_IsSeenAsOne()
    {
        Run("GET", "/socket", ("Connection", "Upgrade"), ("Upgrade", "websocket")).Context.Upgrade.Should().Be("websocket");
        Run("GET", "/socket", ("Upgrade", "websocket")).Context.UpgradeForm.Should().Be(UpgradeForm.None);
    }

    [Fact]
    public void HeaderThatIsGivenTwice_HasBothValues() =>
        Run("GET", "/any", ("X-A", "1"), ("x-a", "2")).Context.Http.Request.Headers["X-A"].ToArray().Should().Equal("1", "2");

    private static Rehearsed Run(string method, string target, params (string Name, string Value)[] headers) => Rehearsal.Run(
        RequestRehearsal.Request(method, target, headers.Select(static header => KeyValuePair.Create(header.Name, header.Value))));
}
