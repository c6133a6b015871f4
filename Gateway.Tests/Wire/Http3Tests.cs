using System.Net;
using System.Net.Quic;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

public sealed class Http3Tests
{
    /// <summary>Where the platform has QUIC all three versions are spoken; where it has none, the same configuration serves the other two.</summary>
    [Fact]
    public async Task AllProtocols_AreSpokenAsFarAsThePlatformHasThem()
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pfx, "secret"));
            await using TestInstance instance = await TestInstance.StartEchoAsync();
            await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url), null,
                ("Url", "https://127.0.0.1:0"), ("Protocols", "Http1AndHttp2AndHttp3"), ("Certificate:Path", file), ("Certificate:Password", "secret"));
            List<Version> versions = [HttpVersion.Version11, HttpVersion.Version20];
            if (QuicIsSupported())
            {
                versions.Add(HttpVersion.Version30);
            }

            foreach (Version version in versions)
            {
                using var client = new Http2Client(gateway.Address, version, certificate);
                using HttpResponseMessage response = await client.SendAsync(HttpMethod.Post, "/a?b=%2F", new StringContent("body"));

                response.Version.Should().Be(version);
                (await response.Content.ReadAsStringAsync()).Should().StartWith("POST /a?b=%2F\n").And.EndWith("\n\nbody")
                    .And.ContainAll($"\nVia: {version} gateway\n", "\nX-Forwarded-Proto: https\n");
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static bool QuicIsSupported() =>
        (OperatingSystem.IsLinux() || OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()) && QuicListener.IsSupported;
}
