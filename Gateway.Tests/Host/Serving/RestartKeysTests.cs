using Gateway.Core;
using Gateway.Host.Configuration;
using Gateway.Host.Serving;
using Gateway.Host.Telemetry;
using Microsoft.Extensions.Configuration;

namespace Gateway.Tests.Host.Serving;

public sealed class RestartKeysTests
{
    private static HostConfiguration Running => Of("http://*:8000");

    [Fact]
    public void WhatCanBeTakenOn_NeedsNoRestart() =>
        RestartKeys.Changed(Running, Running with { Gateway = new GatewayOptions { TrustedProxies = ["10.0.0.0/8"] } }).Should().BeEmpty();

    [Fact]
    public void EveryOtherChange_IsNamed()
    {
        HostConfiguration next = Of("http://*:8001") with
        {
            Admin = new AdminOptions { Url = "http://127.0.0.1:9101" },
            MaxConnections = 7,
            ProxyProtocol = ProxyProtocolMode.Required,
            ReusePort = true,
            ReloadInterval = TimeSpan.FromSeconds(9),
            Telemetry = new TelemetryOptions { ServiceName = "edge" },
            Gateway = new GatewayOptions { TrustedProxies = ["10.0.0.0/8"] },
        };
        RestartKeys.Changed(Running, next).Should().Equal(
            "Kestrel", "Gateway:Admin", "Gateway:MaxConnections", "Gateway:ProxyProtocol", "Gateway:ReusePort", "Gateway:ReloadInterval", "Gateway:Telemetry",
            "Gateway:TrustedProxies, for ProxyProtocol,");
    }

    private static HostConfiguration Of(string url) => new(new GatewayOptions(), new AdminOptions(), [],
        new ConfigurationBuilder().AddInMemoryCollection([new("Kestrel:Endpoints:A:Url", url)]).Build().GetSection("Kestrel"));
}
