using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;

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
    public async Task HandlerForNames_LetsItsConnectionsLiveForAMinute()
    {
        await using HostResolver hosts = Hosts(static _ => throw new InvalidOperationException("Nothing is sent."));
        using SocketsHttpHandler handler = ServiceConnections.CreateHandler(TimeSpan.FromSeconds(3), hosts);

        handler.PooledConnectionLifetime.Should().Be(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task InstanceWithAName_IsReachedAtTheAddressesThatAreKnownOfIt(bool upgrade)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using HostResolver hosts = Hosts(static _ => IPAddress.Loopback);
        string url = $"http://product.invalid:{new Uri(instance.Url).Port}";
        using var connections = new ServiceConnections(new ServiceOptions { Instances = [new() { Url = url }] }, hosts: hosts);
        using var message = new HttpRequestMessage(HttpMethod.Get, url);

        using HttpResponseMessage response = upgrade
            ? (await connections.SendUpgradeAsync(message, CancellationToken.None)).Response
            : await connections.SendAsync(message, CancellationToken.None);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public void Dispose_ClosesTheConnections()
    {
        var handler = new Handler();
        new ServiceConnections(new ServiceOptions(), handler).Dispose();
        handler.IsDisposed.Should().BeTrue();
    }

    private static HostResolver Hosts(Func<string, IPAddress> address) =>
        new(new DnsOptions(), (name, _) => Task.FromResult<IPAddress[]>([address(name)]), TimeProvider.System, static _ => { });

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
