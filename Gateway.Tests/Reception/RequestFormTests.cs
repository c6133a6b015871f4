using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Reception;

public sealed class RequestFormTests
{
    [Theory]
    [InlineData("CONNECT")]
    [InlineData("TRACE")]
    public void MethodThatNoGatewayForwards_IsNotAllowedAndTellsThoseThatAre(string method)
    {
        GatewayContext context = Check(method);

        (context.Error, context.Allow).Should().Be((GatewayError.MethodNotAllowed, RequestForm.Methods));
    }

    [Fact]
    public void ExtendedConnect_GoesOn()
    {
        using var exchange = new FakeExchange("CONNECT", protocol: "HTTP/2");
        exchange.Http.Features.Set<IHttpExtendedConnectFeature>(new WebSocketOverHttp2());
        GatewayContext context = exchange.Context();

        RequestForm.Check(context);

        context.Error.Should().Be(GatewayError.None);
    }

    [Theory]
    [InlineData("HTTP/1.1", true, "chunked")]
    [InlineData("HTTP/1.1", true, "Chunked")]
    [InlineData("HTTP/1.0", false, "chunked")]
    [InlineData("HTTP/1.1", false, "gzip, chunked")]
    [InlineData("HTTP/1.1", false, "chunked", "chunked")]
    public void TransferEncoding_IsASingleChunkedOrRefused(string protocol, bool passes, params string[] coding) =>
        Check("POST", protocol, ("Transfer-Encoding", coding)).Error.Should().Be(passes ? GatewayError.None : GatewayError.BadRequest);

    /// <summary>RFC 9113 §8.2.2: the message is malformed; over HTTP/1.1 the same headers just end here.</summary>
    [Theory]
    [InlineData("Transfer-Encoding", "chunked")]
    [InlineData("Upgrade", "h2c")]
    [InlineData("Keep-Alive", "timeout=5")]
    [InlineData("Proxy-Connection", "keep-alive")]
    public void HeaderOfAnHttp1Connection_IsRefusedOverHttp2Alone(string name, string value)
    {
        Check("POST", "HTTP/2", ("Host", ["g"]), (name, [value])).Error.Should().Be(GatewayError.BadRequest);
        Check("POST", "HTTP/3", ("Host", ["g"]), (name, [value])).Error.Should().Be(GatewayError.BadRequest);
        Check("POST", "HTTP/1.1", ("Host", ["g"]), (name, [value])).Error.Should().Be(GatewayError.None);
    }

    [Fact]
    public void RequestOverHttp2ThatNamesNoHost_IsRefused()
    {
        Check("GET", "HTTP/2", ("Host", [""])).Error.Should().Be(GatewayError.BadRequest);
        Check("GET", "HTTP/2", ("Host", ["g"])).Error.Should().Be(GatewayError.None);
    }

    [Fact]
    public void LengthBesideChunks_IsRefusedWhereKestrelHasPutIt() =>
        Check("POST", "HTTP/1.1", ("Transfer-Encoding", ["chunked"]), ("X-Content-Length", ["5"])).Error.Should().Be(GatewayError.BadRequest);

    [Fact]
    public void XContentLengthAlone_IsAnyHeader() =>
        Check("POST", "HTTP/1.1", ("X-Content-Length", ["5"])).Error.Should().Be(GatewayError.None);

    [Theory]
    [InlineData("a\tb", true)]
    [InlineData("\u00e9\u0080\u00ff", true)]
    [InlineData("", true)]
    [InlineData("\u0001", false)]
    [InlineData("a\u000b", false)]
    [InlineData("\u001b[2J", false)]
    [InlineData("\u001f", false)]
    [InlineData("\u007f", false)]
    public void ControlCharacterInAValue_IsRefusedButForTheTab(string value, bool passes) =>
        Check("GET", "HTTP/1.1", ("X", ["fine", value])).Error.Should().Be(passes ? GatewayError.None : GatewayError.BadRequest);

    [Theory]
    [InlineData("X-Ok_1.a~!#$%&'*+^`|", true)]
    [InlineData("X(Y)", false)]
    [InlineData("X Y", false)]
    [InlineData("X\u0001", false)]
    [InlineData("X\u00E9", false)]
    public void HeaderName_IsATokenOrRefused(string name, bool passes) =>
        Check("GET", "HTTP/1.1", (name, ["1"])).Error.Should().Be(passes ? GatewayError.None : GatewayError.BadRequest);

    [Theory]
    [InlineData("GET", "/", "", true)]
    [InlineData("BREW", "/", "", true)]
    [InlineData("get", "/", "g", false)]
    [InlineData("Post", "/", "g", false)]
    [InlineData("GET", "http://g/", "g", true)]
    [InlineData("GET", "http://g/", "", false)]
    public void Ambiguity_IsAKnownMethodInTheWrongCaseOrAHostInTheTargetAlone(string method, string target, string host, bool passes)
    {
        var http = new DefaultHttpContext();
        (http.Request.Method, http.Request.Host) = (method, new HostString(host));

        (RequestForm.AmbiguityOf(http.Request, target) is null).Should().Be(passes);
    }

    private static GatewayContext Check(string method, string protocol = "HTTP/1.1", params (string Name, string[] Values)[] headers)
    {
        using var exchange = new FakeExchange(method, protocol: protocol);
        foreach ((string name, string[] values) in headers)
        {
            exchange.Http.Request.Headers[name] = values;
        }

        GatewayContext context = exchange.Context();
        RequestForm.Check(context);
        return context;
    }

    private sealed class WebSocketOverHttp2 : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => true;

        public string? Protocol => "websocket";

        public ValueTask<Stream> AcceptAsync() => throw new NotSupportedException();
    }
}
