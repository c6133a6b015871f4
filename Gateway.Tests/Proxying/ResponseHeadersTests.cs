using System.Net;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Proxying;

public sealed class ResponseHeadersTests
{
    [Fact]
    public void StatusReasonAndHeaders_AreCopied()
    {
        using HttpResponseMessage message = Response((HttpStatusCode)299, ("X-A", "1"), ("Content-Type", "text/plain"));
        message.ReasonPhrase = "Just Fine";

        using FakeExchange exchange = Copied(message);

        exchange.Http.Response.StatusCode.Should().Be(299);
        exchange.Http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase.Should().Be("Just Fine");
        (exchange.Headers["X-A"].ToString(), exchange.Headers.ContentType.ToString()).Should().Be(("1", "text/plain"));
    }

    [Fact]
    public void RepeatedHeaders_StayApart()
    {
        using HttpResponseMessage message = Response(HttpStatusCode.OK, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2; Expires=Thu, 01 Jan 2026 00:00:00 GMT"));
        using FakeExchange exchange = Copied(message);
        exchange.Headers.SetCookie.Should().Equal("a=1", "b=2; Expires=Thu, 01 Jan 2026 00:00:00 GMT");
    }

    [Theory]
    [InlineData("Connection", "something")]
    [InlineData("Keep-Alive", "something")]
    [InlineData("Transfer-Encoding", "chunked")]
    [InlineData("Upgrade", "something")]
    [InlineData("Proxy-Authenticate", "something")]
    [InlineData("Trailer", "something")]
    public void HopByHopHeader_EndsHere(string name, string value)
    {
        using HttpResponseMessage message = Response(HttpStatusCode.OK, (name, value));
        using FakeExchange exchange = Copied(message);
        exchange.Headers.Keys.Should().Equal("Via");
    }

    [Fact]
    public void HeadersNamedByConnection_EndHere()
    {
        using HttpResponseMessage message = Response(HttpStatusCode.OK, ("Connection", "close, X-Hop"), ("X-Hop", "1"), ("X-End", "2"));
        using FakeExchange exchange = Copied(message);
        exchange.Headers.Keys.Should().BeEquivalentTo("X-End", "Via");
    }

    [Fact]
    public void CorrelationIdOfTheService_IsDropped()
    {
        using HttpResponseMessage message = Response(HttpStatusCode.OK, ("x-correlation-id", "theirs"));
        using FakeExchange exchange = Copied(message);
        exchange.Headers.Keys.Should().Equal("Via");
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void CorsHeadersOfTheService_PassOnlyWhenTheGatewayWritesNone(bool ownsCors, int count)
    {
        using HttpResponseMessage message = Response(HttpStatusCode.OK, ("access-control-allow-origin", "*"));
        using FakeExchange exchange = Copied(message, ownsCors);
        exchange.Headers.AccessControlAllowOrigin.Should().HaveCount(count);
    }

    [Theory]
    [InlineData("1.0", "1.0 gateway")]
    [InlineData("1.1", "1.1 gateway")]
    [InlineData("2.0", "2.0 gateway")]
    [InlineData("3.0", "3.0 gateway")]
    public void Via_NamesTheProtocolOfTheService(string version, string via)
    {
        using HttpResponseMessage message = Response(HttpStatusCode.OK);
        message.Version = Version.Parse(version);
        using FakeExchange exchange = Copied(message);
        exchange.Headers.Via.Should().Equal(via);
    }

    [Fact]
    public void Via_IsAppendedToThoseBefore()
    {
        using HttpResponseMessage message = Response(HttpStatusCode.OK, ("Via", "1.1 inner"));
        using FakeExchange exchange = Copied(message);
        exchange.Headers.Via.ToString().Should().Be("1.1 inner,1.1 gateway");
    }

    [Theory]
    [InlineData(200, 5L)]
    [InlineData(304, 5L)]
    [InlineData(204, null)]
    [InlineData(205, null)]
    public void ContentLength_GoesOnWhereTheStatusMayHaveOne(int status, long? length)
    {
        using HttpResponseMessage message = Response((HttpStatusCode)status, ("Content-Length", "5"));
        using FakeExchange exchange = Copied(message);
        exchange.Headers.ContentLength.Should().Be(length);
    }

    /// <summary>RFC 9112 §6.3: ought to be handled as an error, since it may be an attempt at response splitting.</summary>
    [Fact]
    public void ContentLengthBesideChunks_IsAProblem()
    {
        using HttpResponseMessage message = Response(HttpStatusCode.OK, ("Content-Length", "5"), ("Transfer-Encoding", "chunked"));
        using var exchange = new FakeExchange();
        new ResponseHeaders(ownsCors: false).Copy(message, exchange.Http).Should().Be("The response has both a Transfer-Encoding and a Content-Length.");
    }

    [Theory]
    [InlineData("two")]
    [InlineData("-1")]
    [InlineData("5, 6")]
    [InlineData("99999999999999999999")]
    public void ContentLengthThatIsNone_IsAProblem(string length)
    {
        using HttpResponseMessage message = Response(HttpStatusCode.OK, ("Content-Length", length));
        using var exchange = new FakeExchange();
        new ResponseHeaders(ownsCors: false).Copy(message, exchange.Http).Should().Be("The response's Content-Length is not one number.");
    }

    [Fact]
    public void ContentLengthSaidTwice_IsAProblem()
    {
        using HttpResponseMessage message = Response(HttpStatusCode.OK, ("Content-Length", "5"), ("Content-Length", "5"));
        using var exchange = new FakeExchange();
        new ResponseHeaders(ownsCors: false).Copy(message, exchange.Http).Should().Be("The response's Content-Length is not one number.");
    }

    /// <summary>The server writes ASCII alone there, and a line break would end the status line.</summary>
    [Fact]
    public void ReasonWithOtherThanVisibleAscii_IsDropped()
    {
        using HttpResponseMessage message = Response(HttpStatusCode.OK);
        message.ReasonPhrase = "Größe";
        using FakeExchange exchange = Copied(message);
        exchange.Http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase.Should().BeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    [InlineData(199)]
    [InlineData(600)]
    [InlineData(999)]
    public void StatusThatIsNotFinal_IsAProblem(int status)
    {
        using HttpResponseMessage message = Response((HttpStatusCode)status);
        using var exchange = new FakeExchange();
        new ResponseHeaders(ownsCors: false).Copy(message, exchange.Http).Should().Be("The response's status is not a final one.");
    }

    [Theory]
    [InlineData(200, false)]
    [InlineData(204, true)]
    [InlineData(205, true)]
    [InlineData(206, false)]
    [InlineData(304, true)]
    [InlineData(404, false)]
    public void SomeStatuses_NeverHaveABody(int status, bool never) => ResponseHeaders.NeverHasBody(status).Should().Be(never);

    private static FakeExchange Copied(HttpResponseMessage message, bool ownsCors = false)
    {
        var exchange = new FakeExchange();
        new ResponseHeaders(ownsCors).Copy(message, exchange.Http).Should().BeNull();
        return exchange;
    }

    private static HttpResponseMessage Response(HttpStatusCode status, params (string Name, string Value)[] headers)
    {
        var message = new HttpResponseMessage(status) { Content = new Body() };
        foreach ((string name, string value) in headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }

    /// <summary>As HttpClient's own: its length is what the headers say.</summary>
    private sealed class Body : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    [Fact]
    public void CookiesAndVaryOfTheApplication_StandBesideTheServices()
    {
        var http = new DefaultHttpContext();
        (http.Response.Headers.SetCookie, http.Response.Headers.Vary, http.Response.Headers.Server) = ("a=1", "Cookie", "application");
        using var message = new HttpResponseMessage();
        message.Headers.TryAddWithoutValidation("set-cookie", ["b=2", "c=3"]);
        message.Headers.TryAddWithoutValidation("vary", "Accept");
        message.Headers.TryAddWithoutValidation("server", "service");

        new ResponseHeaders(ownsCors: false).Copy(message, http).Should().BeNull();

        http.Response.Headers.SetCookie.Should().Equal("a=1", "b=2", "c=3");
        http.Response.Headers.Vary.Should().Equal("Cookie", "Accept");
        http.Response.Headers.Server.Should().Equal("service");
    }
}
