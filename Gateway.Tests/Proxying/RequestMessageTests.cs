using Gateway.Core.Proxying;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Proxying;

public sealed class RequestMessageTests
{
    /// <summary>HttpClient would repeat it by itself without content.</summary>
    [Theory]
    [InlineData("GET", null, false)]
    [InlineData("HEAD", null, false)]
    [InlineData("OPTIONS", null, false)]
    [InlineData("GET", 0L, true)]
    [InlineData("POST", null, true)]
    [InlineData("DELETE", null, true)]
    public void RequestWithoutABody_HasEmptyContentWhereItMustNotBeRepeated(string method, long? length, bool hasContent)
    {
        using var exchange = new FakeExchange(method);
        exchange.Http.Request.ContentLength = length;

        using HttpRequestMessage message = RequestMessage.Create(exchange.Context(), new Uri("http://10.0.0.1/a"), body: null, isHttp2: false);

        (message.Method.Method, message.Content is not null).Should().Be((method, hasContent));
        message.RequestUri!.ToString().Should().Be("http://10.0.0.1/a");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Headers_AreTheClientsByOurRules(bool isHttp2)
    {
        using var exchange = new FakeExchange("PUT");
        (exchange.Http.Request.Headers["X-Own"], exchange.Http.Request.Headers["X-User-ID"], exchange.Http.Request.Headers.TE) = ("1", "forged", "trailers");
        using var body = new ByteArrayContent([1]);

        using HttpRequestMessage message = RequestMessage.Create(exchange.Context(), address: null, body, isHttp2);

        message.Content.Should().BeSameAs(body);
        message.Headers.GetValues("X-Own").Should().Equal("1");
        message.Headers.GetValues("X-Correlation-ID").Should().Equal("c-1");
        message.Headers.Contains("X-User-ID").Should().BeFalse();
        message.Headers.Contains("Connection").Should().Be(!isHttp2);
    }
}
