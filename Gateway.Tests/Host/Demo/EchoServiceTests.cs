using System.Net;
using Gateway.Host.Demo;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Host.Demo;

public sealed class EchoServiceTests
{
    [Theory]
    [InlineData("Say", new byte[] { 0, 0, 0, 0, 2, 7, 8 }, "0")]
    [InlineData("Say", new byte[] { 0, 0, 0, 0, 0 }, "0")]
    [InlineData("Say", new byte[] { 0, 0, 0, 0 }, "3")]
    [InlineData("Say", new byte[] { 0, 0, 0, 0, 2, 7 }, "3")]
    [InlineData("Say", new byte[] { 0, 0, 0, 0, 1, 7, 0, 0, 0, 0, 0 }, "3")]
    [InlineData("Say", new byte[] { 0, 0, 1, 0, 0, 1 }, "8")]
    [InlineData("Say", new byte[] { 1, 0, 0, 0, 1, 7 }, "12")]
    [InlineData("Sing", new byte[] { 0, 0, 0, 0, 1, 7 }, "12")]
    public async Task Message_IsEchoedOrRefusedWithAStatus(string method, byte[] sent, string status)
    {
        await using DemoService service = await DemoService.StartAsync(
            "echo", 0, static (routes, _) => EchoService.Map(routes), TimeProvider.System, CancellationToken.None, HttpProtocols.Http2);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }, disposeHandler: true);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{service.Port}/demo.Echo/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(sent),
        };

        using HttpResponseMessage response = await client.SendAsync(request);

        (await response.Content.ReadAsByteArrayAsync()).Should().Equal(status == "0" ? sent : []);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/grpc");
        response.TrailingHeaders.GetValues("grpc-status").Should().Equal(status);
    }
}
