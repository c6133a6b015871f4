using System.IO.Pipelines;
using Gateway.Host.Admin.Live;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Admin.Live;

/// <summary>What AdminApiTests cannot see over its socket.</summary>
public sealed class LiveEndpointTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly LiveFeed _feed;

    public LiveEndpointTests() => _feed = new LiveFeed(() => LiveSnapshotTests.Empty(_clock.GetUtcNow()), _clock, static _ => { });

    public ValueTask DisposeAsync() => _feed.DisposeAsync();

    [Fact]
    public async Task ViewerThatDoesNotRead_IsCutOff_AndItsPlaceIsFree()
    {
        var network = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        using var exchange = new FakeExchange(target: "/admin/v1/stream");
        exchange.Http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(network.Writer.AsStream()));
        for (int i = 1; i < LiveFeed.MostViewers; i++)
        {
            _feed.Watch().Should().NotBeNull();
        }

        Task viewing = new LiveEndpoint(_feed, _clock).StreamAsync(exchange.Http);
        _feed.Watch().Should().BeNull("all places are taken");
        _clock.Advance(LiveEndpoint.LongestWrite - TimeSpan.FromMilliseconds(1));
        viewing.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await viewing;

        exchange.WasAborted.Should().BeTrue();
        _feed.Watch().Should().NotBeNull();
    }

    [Fact]
    public async Task EndOfTheFeed_EndsTheStreamWhole()
    {
        using var exchange = new FakeExchange(target: "/admin/v1/stream");
        _feed.Start();
        Task viewing = new LiveEndpoint(_feed, _clock).StreamAsync(exchange.Http);

        await _feed.DisposeAsync();
        await viewing;

        exchange.WasAborted.Should().BeFalse();
        exchange.Written.Should().StartWith("retry: 1000\n\nevent: history\ndata: {");
    }
}
