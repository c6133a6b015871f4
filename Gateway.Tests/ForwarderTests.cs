using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Responses;
using Gateway.Core.Testing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests;

public sealed class ForwarderTests
{
    [Fact]
    public async Task Request_GoesToTheDestination_AndTheAnswerComesBack()
    {
        await using ScriptedService service = await ScriptedService.StartAsync(static async http =>
        {
            http.Response.StatusCode = 404;
            await http.Request.Body.CopyToAsync(http.Response.Body);
        });
        var entries = new List<AccessLogEntry>();
        await using var forwarder = new Forwarder(accessLog: (in entry) => entries.Add(entry));
        await using ScriptedService front = await ScriptedService.StartAsync(http => forwarder.SendAsync(http, service.Url));

        using HttpResponseMessage answer = await SendAsync(front, "/health/live?a=%2F", "a body");

        ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()).Should().Be((404, "a body"));
        answer.Headers.Should().ContainKey("X-Correlation-ID");
        await RealTime.UntilAsync(() => entries.Count > 0, TimeSpan.FromSeconds(10));
        (entries[0].StatusCode, entries[0].Error).Should().Be((404, null));
        (service.Received[0].Method, service.Received[0].Target).Should().Be(("POST", "/health/live?a=%2F"));
        service.Received[0].Headers.Should().ContainKeys("X-Forwarded-For", "traceparent");
    }

    [Fact]
    public async Task DestinationThatIsAway_Is502_AndTold()
    {
        ScriptedService service = await ScriptedService.StartAsync();
        string url = service.Url;
        await service.DisposeAsync();
        var entries = new List<AccessLogEntry>();
        await using var forwarder = new Forwarder(accessLog: (in entry) => entries.Add(entry));
        await using ScriptedService front = await ScriptedService.StartAsync(http => forwarder.SendAsync(http, url));

        using HttpResponseMessage answer = await SendAsync(front, "/");

        ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType).Should().Be((502, "application/problem+json"));
        await RealTime.UntilAsync(() => entries.Count > 0, TimeSpan.FromSeconds(10));
        entries.Should().ContainSingle().Which.Error.Should().Be("connect_failed");
    }

    [Fact]
    public async Task FailuresInARow_OpenNoCircuit()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        service.AnswerWith(500);
        await using var forwarder = new Forwarder();
        await using ScriptedService front = await ScriptedService.StartAsync(http => forwarder.SendAsync(http, service.Url));
        for (int i = 0; i < 8; i++)
        {
            using HttpResponseMessage answer = await SendAsync(front, "/");
            ((int)answer.StatusCode).Should().Be(500);
        }

        service.Received.Should().HaveCount(8);
    }

    [Fact]
    public async Task Bounds_AreKept()
    {
        await using ScriptedService service = await ScriptedService.StartAsync(static http => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted));
        await using var forwarder = new Forwarder(new ForwarderOptions
        {
            MaxRequestBodyBytes = 3,
            Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(50) },
        });
        await using ScriptedService front = await ScriptedService.StartAsync(http => forwarder.SendAsync(http, service.Url));

        using HttpResponseMessage tooLarge = await SendAsync(front, "/", "four");
        using HttpResponseMessage tooLate = await SendAsync(front, "/", "ok");
        ((int)tooLarge.StatusCode, (int)tooLate.StatusCode).Should().Be((413, 504));
    }

    [Fact]
    public async Task Transforms_AreApplied()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        await using var forwarder = new Forwarder(new ForwarderOptions
        {
            TransformRequest = static (_, message) => message.Headers.Add("X-Own", "1"),
            TransformResponse = static (_, response) => response.Headers["X-Own"] = "2",
        });
        await using ScriptedService front = await ScriptedService.StartAsync(http => forwarder.SendAsync(http, service.Url));

        using HttpResponseMessage answer = await SendAsync(front, "/");

        service.Received[0].Headers.Should().Contain("X-Own", "1");
        answer.Headers.GetValues("X-Own").Should().Equal("2");
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("http://10.0.0.1:80/path")]
    public async Task WhatIsNoDestination_IsRefused(string destination)
    {
        await using var forwarder = new Forwarder();
        await FluentActions.Awaiting(() => forwarder.SendAsync(new DefaultHttpContext(), destination)).Should()
            .ThrowAsync<ArgumentException>().WithMessage($"*Url: '{destination}' is not an instance's address*");
    }

    [Fact]
    public async Task MoreDestinationsThanOneForwarderKnows_AreRefused()
    {
        await using var forwarder = new Forwarder();
        async Task Send(int number)
        {
            // Refused before anything is sent.
            using var exchange = new FakeExchange(target: "/\u0001");
            await forwarder.SendAsync(exchange.Http, $"http://127.0.0.1:{number}");
            exchange.Http.Response.StatusCode.Should().Be(400);
        }

        for (int i = 1; i <= 1_000; i++)
        {
            await Send(i);
        }

        await FluentActions.Awaiting(() => Send(1_001)).Should().ThrowAsync<InvalidOperationException>().WithMessage("*at most 1000 destinations*");
        await FluentActions.Awaiting(() => Send(1_000)).Should().NotThrowAsync("a known one stays known");
    }

    [Fact]
    public void OptionsOutOfBounds_AreRefusedAtOnce() =>
        FluentActions.Invoking(() => new Forwarder(new ForwarderOptions { MaxRequestBodyBytes = -1, TrustedProxies = ["x"] }))
            .Should().Throw<ArgumentException>().WithMessage("*'x' is neither an address*-1 is out of range*");

    private static async Task<HttpResponseMessage> SendAsync(ScriptedService front, string target, string? body = null)
    {
        using HttpMessageInvoker client = TestGateway.NewClient();
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, front.Url + target)
        {
            Content = body is null ? null : new StringContent(body),
        };
        HttpResponseMessage answer = await client.SendAsync(request, CancellationToken.None);
        await answer.Content.LoadIntoBufferAsync();
        return answer;
    }

    [Fact]
    public async Task AfterItsEnd_ItLearnsNoDestination_AndEndsNoMore()
    {
        var forwarder = new Forwarder();
        await forwarder.DisposeAsync();
        await forwarder.DisposeAsync();
        await FluentActions.Awaiting(() => forwarder.SendAsync(new DefaultHttpContext(), "http://127.0.0.1:1")).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task Name_IsThatOfTheLog()
    {
        var entries = new List<AccessLogEntry>();
        await using var forwarder = new Forwarder(new ForwarderOptions { Name = "legacy" }, accessLog: (in entry) => entries.Add(entry));
        using var exchange = new FakeExchange(target: "/");
        await forwarder.SendAsync(exchange.Http, "http://127.0.0.1:1");
        (entries[0].Route, entries[0].BackendService).Should().Be(("legacy", "legacy"));
        FluentActions.Invoking(() => new Forwarder(new ForwarderOptions { Name = "no name" })).Should().Throw<ArgumentException>().WithMessage("*'no name' is not a usable name*");
    }
}
