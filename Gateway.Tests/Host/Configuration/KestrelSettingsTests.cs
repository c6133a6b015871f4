using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class KestrelSettingsTests
{
    [Fact]
    public void WhatKestrelReads_IsTaken()
    {
        using var files = new ConfigurationFiles();
        files.Write("cert.pem", "").Write("key.pem", "").Write("gateway.json", """
            { "Kestrel": {
                "EndpointDefaults": { "Protocols": "Http1AndHttp2", "SslProtocols": [ "Tls12", "Tls13" ], "ClientCertificateMode": "NoCertificate" },
                "Endpoints": {
                  "Public": {
                    "Url": "https://*:8443", "Protocols": "Http1AndHttp2AndHttp3", "SslProtocols": [ "Tls13" ],
                    "Certificate": { "Path": "cert.pem", "KeyPath": "key.pem", "Password": "x" },
                    "ClientCertificateMode": "AllowCertificate",
                    "Sni": { "*.example.com": {
                        "Protocols": "Http1", "SslProtocols": [ "Tls12" ], "ClientCertificateMode": "NoCertificate",
                        "Certificate": { "Subject": "example.com", "Store": "My", "Location": "LocalMachine", "AllowInvalid": false } } }
                  },
                  "Socket": { "Url": "http://unix:/run/gateway.sock" }
                },
                "Certificates": { "Default": { "Path": "cert.pem", "KeyPath": "key.pem" } } } }
            """);

        LoadedConfiguration loaded = files.Load(["gateway.json"]);

        loaded.Problems.Should().BeEmpty();
        loaded.Configuration!.Kestrel["Endpoints:Public:Sni:*.example.com:Certificate:Subject"].Should().Be("example.com");
    }

    [Theory]
    [InlineData("""{ "Endpoints": { "A": { "Url": "*:80" } } }""", "1:45: Kestrel:Endpoints:A:Url: '*:80' is not an address to listen on")]
    [InlineData("""{ "Endpoints": { "A": { "Url": "ftp://*:80" } } }""", "1:45: Kestrel:Endpoints:A:Url: 'ftp://*:80' is not an address to listen on")]
    [InlineData("""{ "Endpoints": { "A": { "Url": "http://*:80/a" } } }""", "1:45: Kestrel:Endpoints:A:Url: 'http://*:80/a' is not an address to listen on")]
    [InlineData("""{ "Endpoints": { "A": { "Url": "http://*:99999" } } }""", "1:45: Kestrel:Endpoints:A:Url: 'http://*:99999' is not an address to listen on")]
    [InlineData("""{ "Endpoints": { "A": { } } }""", "1:36: Kestrel:Endpoints:A:Url: is missing: an endpoint needs an address")]
    [InlineData("""{ "Endpoints": { "A": { "Url": "http://*:80", "Protocols": "Http4" } } }""", "1:73: Kestrel:Endpoints:A:Protocols: 'Http4' is not one of")]
    [InlineData("""{ "Certificates": { "Default": { "Path": "no.pem" } } }""",
        "1:55: Kestrel:Certificates:Default:Path: the file 'no.pem' does not exist")]
    [InlineData("""{ "Limits": { } }""", "1:16: Kestrel:Limits: unknown key; known here are Endpoints, EndpointDefaults, Certificates")]
    public void WrongSetting_IsAProblem(string kestrel, string problem) =>
        ConfigurationFiles.ProblemsOf($$"""{ "Kestrel": {{kestrel}} }""").Should().ContainSingle().Which.Should().StartWith($"gateway.json:{problem}");
}
