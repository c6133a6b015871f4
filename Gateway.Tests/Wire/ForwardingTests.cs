using System.Net;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Wire;

public sealed class ForwardingTests
{
    [Fact]
    public async Task Get_ReachesTheServiceAndItsAnswerComesBack()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        using HttpResponseMessage response = await gateway.GetAsync("/a/b?x=1");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).Should().StartWith("GET /a/b?x=1\n");
    }

    [Theory]
    [InlineData("/a%20b/%C3%A9?q=%2F&q=%zz&empty=&q=1+2")]
    [InlineData("/a//b///c?")]
    [InlineData("/a;v=1/b,c/d:e@f!$&'()*+~")]
    [InlineData("/%61%2Dz?a=b?c=d/../e")]
    public async Task PathAndQuery_ReachTheServiceByteForByte(string target)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");

        (await client.ReadToEndAsync()).Should().Contain($"GET {target}\n");
    }

    [Theory]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/./b/", "/a/b/")]
    [InlineData("/a/%2e%2E/b", "/b")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("http://gateway/a/../c?d", "/c?d")]
    public async Task DotSegments_AreResolvedOnceForMatchingAndForwarding(string target, string forwarded)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");

        (await client.ReadToEndAsync()).Should().Contain($"GET {forwarded}\n");
    }

    [Theory]
    [InlineData("/../a")]
    [InlineData("/a/../../b")]
    [InlineData("/a%5cb")]
    [InlineData("/a%2Fb")]
    [InlineData("/a/..;/b")]
    [InlineData("/a%zzb")]
    [InlineData("/a%2")]
    [InlineData("/a\tb")]
    [InlineData("/a?b\x01c")]
    [InlineData("/a?b\x7f")]
    public async Task AmbiguousPath_Returns400AndReachesNoService(string target)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");

        (await client.ReadToEndAsync()).Should().StartWith("HTTP/1.1 400 ").And.Contain("\"reason\":\"bad_request\"");
        instance.Requests.Should().Be(0);
    }

    [Fact]
    public async Task EncodedNul_IsRefusedByTheServerItself()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET /a%00b HTTP/1.1\r\nHost: gateway\r\n\r\n");

        (await client.ReadToEndAsync()).Should().StartWith("HTTP/1.1 400 ");
        instance.Requests.Should().Be(0);
    }

    [Fact]
    public async Task EncodedSlash_OnARouteThatKeepsIt_ReachesTheServiceVerbatim()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { EncodedSlash = EncodedSlash.Keep }));

        using HttpResponseMessage response = await gateway.GetAsync("/a%2Fb%2fc");

        (await response.Content.ReadAsStringAsync()).Should().StartWith("GET /a%2Fb%2fc\n");
    }

    [Theory]
    [InlineData("/api/products/42?x=1", "/products/42?x=1")]
    [InlineData("/%61pi/products", "/products")]
    public async Task StripPrefix_IsWhatTheServiceDoesNotSee(string target, string forwarded)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url).WithRoute(
            TestOptions.AnyPath with { Pattern = "/api/products/{**rest}", StripPrefix = "/api" }));

        using HttpResponseMessage response = await gateway.GetAsync(target);

        (await response.Content.ReadAsStringAsync()).Should().StartWith($"GET {forwarded}\n");
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("GET")]
    public async Task Body_ReachesTheServiceWithItsTypeAndLength(string method)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        using HttpResponseMessage response = await gateway.SendAsync(
            new HttpMethod(method), "/", new StringContent("hello", System.Text.Encoding.UTF8, "text/x-test"));

        string seen = await response.Content.ReadAsStringAsync();
        seen.Should().StartWith($"{method} /\n").And.Contain("Content-Type: text/x-test").And.Contain("Content-Length: 5").And.EndWith("\n\nhello");
    }

    [Fact]
    public async Task ChunkedBody_ReachesTheServiceChunked()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");

        (await client.ReadToEndAsync()).Should().Contain("Transfer-Encoding: chunked").And.Contain("abcde");
    }

    [Fact]
    public async Task EmptyPost_KeepsItsContentLengthOfZero()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        using HttpResponseMessage response = await gateway.SendAsync(HttpMethod.Post, "/", new ByteArrayContent([]));

        (await response.Content.ReadAsStringAsync()).Should().Contain("Content-Length: 0");
    }

    [Fact]
    public async Task StatusReasonAndRepeatedHeaders_ComeBackAsSent()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 299 Just Fine\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2; Path=/\r\nX-Odd: \xe9\r\nContent-Length: 2\r\n\r\nok");
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\n\r\n");
        (string head, string body) = await client.ReadResponseAsync();

        head.Should().StartWith("HTTP/1.1 299 Just Fine\r\n")
            .And.Contain("\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2; Path=/\r\n").And.Contain("X-Odd: \xe9\r\n");
        body.Should().Be("ok");
    }

    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("GET", 204)]
    [InlineData("GET", 304)]
    public async Task ResponseWithoutBody_LeavesTheConnectionInStep(string method, int status)
    {
        await using TestInstance instance = await TestInstance.StartAsync(http =>
        {
            http.Response.StatusCode = http.Request.Path == "/next" ? 200 : status;
            http.Response.ContentLength = HttpMethods.IsHead(http.Request.Method) ? 12345 : null;
            return Task.CompletedTask;
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: g\r\n\r\n");
        string head = await client.ReadUntilAsync("\r\n\r\n");
        await client.SendAsync("GET /next HTTP/1.1\r\nHost: g\r\n\r\n");
        string next = await client.ReadUntilAsync("\r\n\r\n");

        head.Should().StartWith($"HTTP/1.1 {status} ");
        if (method == "HEAD")
        {
            head.Should().Contain("Content-Length: 12345");
        }

        next.Should().StartWith("HTTP/1.1 200 ");
    }

    [Theory]
    [InlineData("post")]
    [InlineData("Get")]
    [InlineData("head")]
    public async Task KnownMethodInTheWrongCase_Is400AndReachesNoService(string method)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: g\r\n\r\n");

        (await client.ReadUntilAsync("\r\n\r\n")).Should().StartWith("HTTP/1.1 400 ");
        instance.Requests.Should().Be(0);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: shop.example.\r\n\r\n", "401")]
    [InlineData("GET / HTTP/1.1\r\nHost: SHOP.example:80\r\n\r\n", "401")]
    [InlineData("GET http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\n\r\n", "401")]
    [InlineData("GET http://shop.example/ HTTP/1.0\r\n\r\n", "400")]
    public async Task HostRoute_CannotBePassedByWithAnotherSpelling(string request, string status)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        GatewayOptions options = TestOptions.For(instance.Url).WithRoutes(
            ("any", TestOptions.AnyPath), ("shop", TestOptions.AnyPath with { Host = "shop.example", Auth = RouteAuth.Required }));
        await using TestGateway gateway = await TestGateway.StartAsync(options with { Auth = new AuthOptions { ServiceUrl = instance.Url } });
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync(request);

        (await client.ReadUntilAsync("\r\n\r\n")).Should().StartWith($"HTTP/1.1 {status} ");
        instance.Requests.Should().Be(0);
    }

    [Fact]
    public async Task LengthOnA204_IsDroppedAndTheConnectionStaysInStep()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            for (int i = 0; i < 2; i++)
            {
                await connection.ReadUntilAsync("\r\n\r\n");
                await connection.SendAsync("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nX-Mine: 1\r\n\r\n");
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();
        for (int i = 0; i < 2; i++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\n\r\n");
            string head = await client.ReadUntilAsync("\r\n\r\n");
            head.Should().StartWith("HTTP/1.1 204 ").And.Contain("X-Mine: 1").And.NotContain("Content-Length");
        }
    }

    [Fact]
    public async Task Http2Service_IsSpokenToInHttp2()
    {
        await using TestInstance instance = await TestInstance.StartAsync(
            http => http.Response.WriteAsync(http.Request.Protocol), Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http2);
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(new Gateway.Core.Backends.ServiceOptions { Http2 = true }, instance.Url));

        using HttpResponseMessage response = await gateway.GetAsync("/");

        (await response.Content.ReadAsStringAsync()).Should().Be("HTTP/2");
    }
}
