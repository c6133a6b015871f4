using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

public sealed class RequestHeaderTests
{
    [Theory]
    [InlineData("X-User-ID")]
    [InlineData("x-user-id")]
    [InlineData("X_User_ID")]
    [InlineData("X-User_Roles")]
    [InlineData("X-User-Tier")]
    [InlineData("X-User-Anything")]
    [InlineData("X-Auth-Token")]
    [InlineData("X_AUTH_ROLE")]
    public async Task IdentityHeaderOfAClient_NeverReachesTheService(string header)
    {
        string seen = await EchoAsync($"{header}: forged");

        seen.Should().NotContain("forged");
    }

    [Theory]
    [InlineData("Connection: X-Other, x-secret", "X-Secret: 1")]
    [InlineData("Keep-Alive: timeout=5", "Keep-Alive: timeout=5")]
    [InlineData("Proxy-Connection: keep-alive", "Proxy-Connection")]
    [InlineData("TE: gzip", "TE: gzip")]
    [InlineData("Proxy-Authorization: Basic x", "Proxy-Authorization")]
    public async Task HopByHopHeader_EndsAtTheGateway(string sent, string mustNotArrive)
    {
        string seen = await EchoAsync($"{sent}\r\nX-Secret: 1\r\nX-Plain: yes");

        if (mustNotArrive == "X-Secret: 1")
        {
            seen.Should().NotContain("X-Secret");
        }

        seen.Should().NotContain(mustNotArrive).And.Contain("X-Plain: yes");
    }

    [Fact]
    public async Task ConnectionHeader_CannotRemoveWhatTheGatewayAdds()
    {
        string seen = await EchoAsync("Connection: X-Forwarded-For, X-Correlation-ID\r\nX-Correlation-ID: mine");

        seen.Should().Contain("X-Forwarded-For: 127.0.0.1").And.Contain("X-Correlation-ID: mine");
    }

    [Fact]
    public async Task ForwardedHeaders_OfAnUntrustedClientAreReplaced()
    {
        string seen = await EchoAsync("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: gopher\r\nX-Forwarded-Host: evil\r\nForwarded: for=6.6.6.6\r\nX_Forwarded_For: 7.7.7.7");

        seen.Should().Contain("X-Forwarded-For: 127.0.0.1").And.Contain("X-Forwarded-Proto: http").And.Contain("X-Forwarded-Host: gateway");
        seen.Should().NotContain("6.6.6.6").And.NotContain("7.7.7.7").And.NotContain("gopher").And.NotContain("evil");
    }

    [Theory]
    [InlineData("X-Forwarded-Prefix")]
    [InlineData("X-Forwarded-Port")]
    [InlineData("x_forwarded_server")]
    [InlineData("X-Real-IP")]
    [InlineData("x_real_ip")]
    public async Task WhatOnlyProxiesSay_IsBelievedOfTrustedOnesAlone(string header)
    {
        (await EchoAsync($"{header}: told")).Should().NotContain("told");
        (await EchoAsync($"{header}: told", trusted: "127.0.0.1")).Should().Contain($"{header}: told");
    }

    [Fact]
    public async Task Tracestate_WithoutItsTraceparentEnds()
    {
        (await EchoAsync("traceparent: broken\r\ntracestate: a=b")).Should().NotContain("tracestate");
    }

    [Fact]
    public async Task ForwardedHeaders_OfATrustedProxyAreContinued()
    {
        string seen = await EchoAsync(
            "X-Forwarded-For: 6.6.6.6, 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example", trusted: "127.0.0.0/8");

        seen.Should().Contain("X-Forwarded-For: 6.6.6.6, 203.0.113.9, 127.0.0.1")
            .And.Contain("X-Forwarded-Proto: https").And.Contain("X-Forwarded-Host: shop.example");
    }

    [Fact]
    public async Task ClientBehindATrustedProxy_IsTheFirstUntrustedAddressFromTheRight()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url) with { TrustedProxies = ["127.0.0.1", "10.0.0.0/8"] });

        using HttpResponseMessage response = await gateway.GetAsync(
            "/", ("X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.1.2.3"), ("X-Correlation-ID", "walk"));

        (await gateway.LogLineAsync("walk")).GetProperty("client_ip").GetString().Should().Be("203.0.113.9");
    }

    [Fact]
    public async Task Via_IsAppendedTo()
    {
        string seen = await EchoAsync("Via: 1.0 fred");

        seen.Should().Contain("Via: 1.0 fred, 1.1 gateway");
    }

    [Fact]
    public async Task Traceparent_PassesUntouched_WhileNobodyTraces()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        string seen = await EchoAsync($"traceparent: 00-{Trace}-00f067aa0ba902b7-01\r\ntracestate: a=b");

        seen.Should().Contain($"traceparent: 00-{Trace}-00f067aa0ba902b7-01").And.Contain("tracestate: a=b");
    }

    [Theory]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("garbage")]
    public async Task BrokenTraceparent_BeginsANewTrace(string sent)
    {
        string seen = await EchoAsync($"traceparent: {sent}");

        seen.Should().MatchRegex("traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-01").And.NotContain(sent);
    }

    [Fact]
    public async Task CorrelationId_OfTheClientIsKeptAndEchoed()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        using HttpResponseMessage response = await gateway.GetAsync("/", ("X-Correlation-ID", "order-77.a_b"));

        response.Headers.GetValues("X-Correlation-ID").Should().Equal("order-77.a_b");
        (await response.Content.ReadAsStringAsync()).Should().Contain("X-Correlation-ID: order-77.a_b");
    }

    [Theory]
    [InlineData("has space")]
    [InlineData("semi;colon")]
    [InlineData("")]
    [InlineData("{\"injected\":1}")]
    public async Task CorrelationId_ThatIsNotSaneIsReplaced(string sent)
    {
        string seen = await EchoAsync($"X-Correlation-ID: {sent}");

        seen.Should().MatchRegex("X-Correlation-ID: [0-9a-f]{32}\n");
    }

    [Fact]
    public async Task CorrelationId_OnTheLimitIsKeptAndOneOverItReplaced()
    {
        string atLimit = new('a', 128);

        (await EchoAsync($"X-Correlation-ID: {atLimit}")).Should().Contain($"X-Correlation-ID: {atLimit}\n");
        (await EchoAsync($"X-Correlation-ID: {atLimit}a")).Should().NotContain(atLimit);
    }

    /// <summary>What the service sees of a request with these header lines.</summary>
    private static async Task<string> EchoAsync(string headers, params string[] trusted)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url) with { TrustedProxies = trusted });
        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: gateway\r\n{headers}\r\n\r\n");
        return (await client.ReadResponseAsync()).Body;
    }

    private static Task<string> EchoAsync(string headers, string trusted) => EchoAsync(headers, [trusted]);
}
