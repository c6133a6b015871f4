using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Proxying;

namespace Gateway.Tests.Proxying;

public sealed class ServiceConnectionsTests
{
    [Theory]
    [InlineData(false, "1.1")]
    [InlineData(true, "2.0")]
    public async Task Request_IsSentInExactlyTheServicesProtocol(bool http2, string version)
    {
        using var handler = new Handler();
        using var connections = new ServiceConnections(new ServiceOptions { Http2 = http2 }, handler);
        using var message = new HttpRequestMessage(HttpMethod.Get, "http://service/");

        using HttpResponseMessage response = await connections.SendAsync(message, CancellationToken.None);

        (handler.Seen!.Version, handler.Seen.VersionPolicy).Should().Be((Version.Parse(version), HttpVersionPolicy.RequestVersionExact));
    }

    [Fact]
    public void Handler_AddsNothingOfItsOwn()
    {
        using SocketsHttpHandler handler = ServiceConnections.CreateHandler(TimeSpan.FromSeconds(2));

        (handler.UseProxy, handler.AllowAutoRedirect, handler.UseCookies).Should().Be((false, false, false));
        (handler.AutomaticDecompression, handler.ActivityHeadersPropagator).Should().Be((DecompressionMethods.None, null));
    }

    [Fact]
    public void Handler_HasItsLimits()
    {
        using SocketsHttpHandler handler = ServiceConnections.CreateHandler(TimeSpan.FromSeconds(3));

        handler.ConnectTimeout.Should().Be(TimeSpan.FromSeconds(3));
        handler.PooledConnectionIdleTimeout.Should().Be(TimeSpan.FromSeconds(30));
        handler.PooledConnectionLifetime.Should().Be(TimeSpan.FromMinutes(5));
        handler.MaxResponseHeadersLength.Should().Be(64);
        handler.EnableMultipleHttp2Connections.Should().BeTrue();
    }

    [Fact]
    public void Dispose_ClosesTheConnections()
    {
        var handler = new Handler();
        new ServiceConnections(new ServiceOptions(), handler).Dispose();
        handler.IsDisposed.Should().BeTrue();
    }

    private sealed class Handler : HttpMessageHandler
    {
        public HttpRequestMessage? Seen { get; private set; }

        public bool IsDisposed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen = request;
            return Task.FromResult(new HttpResponseMessage());
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
