using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Auditing;

public sealed class ServiceAuditTests
{
    [Fact]
    public void NoHealthCheck() => ConfigurationFiles.ExpectFinding("GW1201", """
        { "Gateway": { "Services": {
                        "a": §{ "Instances": [ { "Url": "http://10.0.0.4:80" } ] },
                        "b": { "Instances": [ { "Url": "http://10.0.0.4:80" } ], "HealthCheck": {} } } } }
        """,
        "Gateway:Services:a: the service has no HealthCheck, so an instance that is down is noticed only by the requests it fails");

    [Fact]
    public void UnencryptedService()
    {
        ConfigurationFiles.ExpectFinding("GW1202",
            """{ "Gateway": { "Services": { "a": { "Instances": [ { "Url": "https://api.partner.com:443" }, { "Url": §"http://api.partner.com:80" }, { "Url": "http://10.0.0.1:80" } ] } } } }""",
            "Gateway:Services:a:Instances:1:Url: requests, and who sends them, go to 'http://api.partner.com:80' unencrypted, over a network that is not yours alone; use https");
        ConfigurationFiles.ExpectFinding("GW1202",
            """{ "Gateway": { "Services": { "a": { "Discovery": { "Kind": "Dns", "Url": §"http://api.partner.com:80" } } } } }""",
            "Gateway:Services:a:Discovery:Url: requests, and who sends them, go to 'http://api.partner.com:80' unencrypted, over a network that is not yours alone; use https");
    }

    [Theory]
    [InlineData("00:00:15", "§", "{ \"Url\": \"http://10.0.0.1:80\" }, { \"Url\": \"http://10.0.0.2:80\" }")]
    [InlineData("00:00:16", "", "{ \"Url\": \"http://10.0.0.1:80\" }, { \"Url\": \"http://10.0.0.2:80\" }")]
    [InlineData("00:00:15", "", "{ \"Url\": \"http://10.0.0.1:80\" }")]
    public void NoTimeToRetry_WhereThereIsAnotherInstance(string total, string mark, string instances) => ConfigurationFiles.ExpectFinding("GW1203",
        $$"""{ "Gateway": { "Services": { "a": { "Instances": [ {{instances}} ], "Timeouts": {{mark}}{ "Total": "{{total}}" } } } } }""",
        "Gateway:Services:a:Timeouts: FirstByte (00:00:15) is not shorter than Total (00:00:15), so when an instance is silent no time is left to try another");

    /// <summary>The service's first byte is awaited 15 s, and its request takes 30 s in all.</summary>
    [Theory]
    [InlineData("", "\"Service\": \"b\", \"Timeouts\": §{ \"Total\": \"00:00:15\" }", "15")]
    [InlineData("", "\"Service\": \"b\", \"Timeouts\": §{ \"FirstByte\": \"00:00:30\" }", "30")]
    [InlineData("", "\"Service\": \"b\", \"Timeouts\": { \"Total\": \"00:00:16\" }", "")]
    [InlineData("", "\"Service\": \"alone\", \"Timeouts\": { \"Total\": \"00:00:15\" }", "")]
    [InlineData("", "\"Service\": \"alone\", \"Split\": { \"Services\": { \"alone\": 1, \"b\": 1 } }, \"Timeouts\": §{ \"Total\": \"00:00:15\" }", "15")]
    [InlineData("\"Timeouts\": { \"Total\": \"00:00:15\" },", "\"Service\": \"b\", \"Timeouts\": { \"FirstByte\": \"00:00:14\" }", "")]
    [InlineData("\"Timeouts\": §{ \"Total\": \"00:00:15\" },", "\"Service\": \"b\", \"Timeouts\": { \"Idle\": \"00:00:14\" }", "15")]
    public void NoTimeToRetry_GoesByTheRoutesTimeouts(string service, string route, string seconds) => ConfigurationFiles.ExpectFinding("GW1203", $$"""
        { "Gateway": { "Services": {
            "b": { {{service}} "Instances": [ { "Url": "http://10.0.0.1:80" }, { "Url": "http://10.0.0.2:80" } ] },
            "alone": { "Instances": [ { "Url": "http://10.0.0.3:80" } ] } },
          "Routes": { "r": { "Pattern": "/r", "Auth": "Anonymous", {{route}} } } } }
        """,
        $"Gateway:{(service.Length > 0 ? "Services:b" : "Routes:r")}:Timeouts: FirstByte (00:00:{seconds}) is not shorter than Total (00:00:{seconds}), so when an instance is silent no time is left to try another");

    [Fact]
    public void ShortDrain_GoesByTheSlowestServiceOfASplit() => ConfigurationFiles.ExpectFinding("GW1204", """
        { "Gateway": { "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.1:80" } ] }, "slow": { "Instances": [ { "Url": "http://10.0.0.2:80" } ], "Timeouts": { "Total": "00:02:00" } } },
          "Shutdown": { "DrainTimeout": §"00:00:30" },
          "Routes": { "r": { "Pattern": "/r", "Service": "a", "Auth": "Anonymous", "Split": { "Services": { "a": 99, "slow": 1 } } } } } }
        """, "Gateway:Shutdown:DrainTimeout: a request on the route 'r' may take 00:02:00, but the gateway leaves after 00:00:30, so a restart may break it off");

    [Theory]
    [InlineData("00:00:29", "§")]
    [InlineData("00:00:30", "")]
    public void ShortDrain(string drain, string mark) => ConfigurationFiles.ExpectFinding("GW1204", $$"""
        { "Gateway": { "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.1:80" } ] } }, "Shutdown": { "DrainTimeout": {{mark}}"{{drain}}" },
          "Routes": { "r": { "Pattern": "/r", "Service": "a", "Auth": "Anonymous" }, "q": { "Pattern": "/q", "Service": "a", "Auth": "Anonymous", "Timeouts": { "Total": "00:00:01" } } } } }
        """, "Gateway:Shutdown:DrainTimeout: a request on the route 'r' may take 00:00:30, but the gateway leaves after 00:00:29, so a restart may break it off");

    [Fact]
    public void StickyWithoutUser() => ConfigurationFiles.ExpectFinding("GW1205", """
        { "Gateway": { "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.1:80" } ] } }, "Auth": { "ServiceUrl": "http://auth:1" },
          "Routes": { "r": { "Pattern": "/r", "Service": "a", "Auth": "Anonymous", "Split": { "Services": { "a": 1 }, "StickyBy": §"User" } },
                      "q": { "Pattern": "/q", "Service": "a", "Split": { "Services": { "a": 1 }, "StickyBy": "User" } } } } }
        """, "Gateway:Routes:r:Split:StickyBy: the route asks nobody who the user is, so clients are told apart by their address");

    [Fact]
    public void StickyByAUserWhomSkipPathsDoNotAskFor() => ConfigurationFiles.ExpectFinding("GW1205", """
        { "Gateway": { "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.1:80" } ] } }, "Auth": { "ServiceUrl": "http://auth:1", "SkipPaths": [ "/open/**" ] },
          "Routes": { "r": { "Pattern": "/open/{x}", "Service": "a", "Split": { "Services": { "a": 1 }, "StickyBy": §"User" } } } } }
        """, "Gateway:Routes:r:Split:StickyBy: the route asks nobody who the user is, so clients are told apart by their address");

    [Fact]
    public void UnusedService() => ConfigurationFiles.ExpectFinding("GW1301", """
        { "Gateway": { "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.1:80" } ] }, "split": { "Instances": [ { "Url": "http://10.0.0.2:80" } ] },
            "copies": { "Instances": [ { "Url": "http://10.0.0.3:80" } ] }, "idle": §{ "Instances": [ { "Url": "http://10.0.0.4:80" } ] } },
          "Routes": { "r": { "Pattern": "/r", "Service": "a", "Auth": "Anonymous", "Split": { "Services": { "a": 1, "split": 0 } }, "Mirror": { "Service": "copies" } } } } }
        """, "Gateway:Services:idle: no route sends anything to this service");
}
