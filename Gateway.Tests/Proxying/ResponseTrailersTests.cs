using System.IO.Pipelines;
using Gateway.Core.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Proxying;

public sealed class ResponseTrailersTests
{
    [Theory]
    [InlineData("HTTP/1.1", "trailers", true)]
    [InlineData("HTTP/1.1", "gzip;q=0.5, TRAILERS", true)]
    [InlineData("HTTP/2", "trailers", true)]
    [InlineData("HTTP/1.0", "trailers", false)]
    [InlineData("HTTP/1.1", "gzip", false)]
    [InlineData("HTTP/1.1", null, false)]
    public void Te_SaysWhetherTrailersAreWanted(string protocol, string? te, bool wanted)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        (request.Protocol, request.Headers.TE) = (protocol, te);

        ResponseTrailers.AreWanted(request).Should().Be(wanted);
    }

    [Theory]
    [InlineData("fine", true)]
    [InlineData("tab\tand h\xe9", true)]
    [InlineData("nul\0", false)]
    [InlineData("split\r\nX-Evil: 1", false)]
    [InlineData("wide\x100", false)]
    public void ValueThatCannotBeWritten_SpoilsTheAnswer(string value, bool isFine)
    {
        var http = new DefaultHttpContext();
        http.Features.Set<IHttpResponseTrailersFeature>(new Trailers());
        using HttpResponseMessage message = Message("X-Sum", value);

        ResponseTrailers.Write(http, message, PipeWriter.Create(Stream.Null), new ResponseHeaders(ownsCors: false)).Should().Be(isFine);
    }

    /// <summary>What replaces the answer must not carry the first half of its trailers.</summary>
    [Fact]
    public void FieldsBeforeOneThatCannotBeWritten_AreNotWrittenEither()
    {
        var http = new DefaultHttpContext();
        var trailers = new Trailers();
        http.Features.Set<IHttpResponseTrailersFeature>(trailers);
        using HttpResponseMessage message = Message("grpc-status", "0");
        message.TrailingHeaders.TryAddWithoutValidation("X-Sum", "nul\0");

        ResponseTrailers.Write(http, message, PipeWriter.Create(Stream.Null), new ResponseHeaders(ownsCors: false)).Should().BeFalse();

        trailers.Fields.Should().BeEmpty();
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void FieldThatTheGatewayWritesItself_IsDropped(bool ownsCors, int count)
    {
        var http = new DefaultHttpContext();
        var trailers = new Trailers();
        http.Features.Set<IHttpResponseTrailersFeature>(trailers);
        using HttpResponseMessage message = Message("Access-Control-Allow-Origin", "*");
        message.TrailingHeaders.TryAddWithoutValidation("X-Correlation-ID", "forged");

        ResponseTrailers.Write(http, message, PipeWriter.Create(Stream.Null), new ResponseHeaders(ownsCors));

        trailers.Fields.Should().HaveCount(count);
    }

    [Fact]
    public void ResponseOfKnownLength_KeepsItsFramingOverHttp1()
    {
        var http = new DefaultHttpContext();
        (http.Request.Protocol, http.Request.Headers.TE, http.Response.ContentLength) = ("HTTP/1.1", "trailers", 5);
        using HttpResponseMessage message = Message("X-Sum", "1");
        message.Headers.TryAddWithoutValidation("Trailer", "X-Sum");

        PipeWriter body = ResponseTrailers.Open(http, message);

        body.Should().NotBeOfType<ChunkedWriter>();
        http.Response.Headers.Should().NotContainKeys("Trailer", "Transfer-Encoding");
    }

    private static HttpResponseMessage Message(string trailer, string value)
    {
        var message = new HttpResponseMessage();
        message.TrailingHeaders.TryAddWithoutValidation(trailer, value);
        return message;
    }

    private sealed class Trailers : IHttpResponseTrailersFeature
    {
        IHeaderDictionary IHttpResponseTrailersFeature.Trailers { get => Fields; set => throw new NotSupportedException(); }

        public HeaderDictionary Fields { get; } = [];
    }
}
