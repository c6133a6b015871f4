using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Tests.Kit;

/// <summary>A certificate of its own for localhost, and the file that an endpoint reads it from.</summary>
internal sealed class TestCertificate : IDisposable
{
    private const string Password = "secret";

    private readonly string _file = Path.GetTempFileName();

    public TestCertificate()
    {
        using RSA key = RSA.Create(2048);
        Certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllBytes(_file, Certificate.Export(X509ContentType.Pfx, Password));
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>For <c>TestGateway.StartAsync</c>: an endpoint with TLS that speaks these protocols, as Kestrel's section names them.</summary>
    public (string Key, string Value)[] Endpoint(string protocols) =>
        [("Url", "https://127.0.0.1:0"), ("Protocols", protocols), ("Certificate:Path", _file), ("Certificate:Password", Password)];

    public void Dispose()
    {
        Certificate.Dispose();
        File.Delete(_file);
    }
}
