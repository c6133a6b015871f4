using System.Net;
using System.Net.Quic;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

public sealed class Http3Tests
{
    /// <summary>Where the platform has QUIC all three versions are spoken; where it has none, the same configuration serves the other two.</summary>
    [Fact]
    public async Task AllProtocols_AreSpokenAsFarAsThePlatformHasThem()
    {
        using var tls = new TestCertificate();
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url), null, tls.Endpoint("Http1AndHttp2AndHttp3"));
        List<Version> versions = [HttpVersion.Version11, HttpVersion.Version20];
        if (QuicIsSupported())
        {
            versions.Add(HttpVersion.Version30);
        }

        foreach (Version version in versions)
        {
            using var client = new Http2Client(gateway.Address, version, tls.Certificate);
            using HttpResponseMessage response = await client.SendAsync(HttpMethod.Post, "/a?b=%2F", new StringContent("body"));

            response.Version.Should().Be(version);
            (await response.Content.ReadAsStringAsync()).Should().StartWith("POST /a?b=%2F\n").And.EndWith("\n\nbody")
                .And.ContainAll($"\nVia: {version} gateway\n", "\nX-Forwarded-Proto: https\n");
        }
    }

    private static bool QuicIsSupported() =>
        (OperatingSystem.IsLinux() || OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()) && QuicListener.IsSupported;
}
