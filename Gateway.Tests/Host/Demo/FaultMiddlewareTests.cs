using System.Net;
using System.Text.Json;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Demo;

public sealed class FaultMiddlewareTests
{
    [Fact]
    public async Task Down_BreaksEveryConnectionOff_ThenRecoversByItself()
    {
        var clock = new FakeTimeProvider();
        await using RunningDemoService service = await RunningDemoService.StartAsync(static (_, _) => { }, clock);
        (await service.SendAsync("POST", "/_fault?down=8s")).Status.Should().Be(HttpStatusCode.OK);

        Func<Task> ask = () => service.SendAsync("GET", "/health");
        await ask.Should().ThrowAsync<HttpRequestException>();
        await ask.Should().ThrowAsync<HttpRequestException>();
        (await service.SendAsync("GET", "/_fault")).Json.GetProperty("data").GetProperty("down_for_ms").GetInt64().Should().Be(8_000);

        clock.Advance(TimeSpan.FromSeconds(8));
        (await service.SendAsync("GET", "/health")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Errors_Answer500()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(static (_, _) => { });
        await service.SendAsync("POST", "/_fault?errors=100%25");
        (await service.SendAsync("GET", "/health")).Status.Should().Be(HttpStatusCode.InternalServerError);

        await service.SendAsync("POST", "/_fault?clear");
        (await service.SendAsync("GET", "/health")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Errors_WithTheBarePercentSignOfACommandLine_AreUnderstood()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(static (_, _) => { });
        (HttpStatusCode status, JsonElement json, _) = await service.SendAsync("POST", "/_fault?errors=50%");
        status.Should().Be(HttpStatusCode.OK);
        json.GetProperty("data").GetProperty("error_percent").GetDouble().Should().Be(50);
    }

    [Fact]
    public async Task Latency_HoldsTheAnswerBackForItsTime()
    {
        var clock = new FakeTimeProvider();
        bool answered = false;
        Task asked = Ask(clock, () => answered = true, CancellationToken.None);
        clock.Advance(TimeSpan.FromMilliseconds(199));
        answered.Should().BeFalse();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await asked;
        answered.Should().BeTrue();
    }

    [Fact]
    public async Task CallerWhoLeavesDuringLatency_GetsNoAnswer()
    {
        using var left = new CancellationTokenSource();
        bool answered = false;
        Task asked = Ask(new FakeTimeProvider(), () => answered = true, left.Token);
        await left.CancelAsync();
        await asked;
        answered.Should().BeFalse();
    }

    [Fact]
    public async Task BadValue_IsRefusedWithASentenceAndChangesNothing()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(static (_, _) => { });
        (HttpStatusCode status, JsonElement json, _) = await service.SendAsync("POST", "/_fault?down=soon");
        status.Should().Be(HttpStatusCode.BadRequest);
        json.GetProperty("error").GetString().Should().Be("'down=soon' is not a time from 1ms to 60m, such as 200ms, 8s or 2m.");
        (await service.SendAsync("GET", "/health")).Status.Should().Be(HttpStatusCode.OK);
    }

    private static Task Ask(FakeTimeProvider clock, Action answer, CancellationToken left)
    {
        var knobs = new FaultKnobs(clock);
        knobs.Turn(new FaultRequest { Latency = TimeSpan.FromMilliseconds(200) });
        var middleware = new FaultMiddleware(knobs, new DemoAnswers("test"), clock);
        return middleware.InvokeAsync(new DefaultHttpContext { RequestAborted = left }, _ =>
        {
            answer();
            return Task.CompletedTask;
        });
    }
}
