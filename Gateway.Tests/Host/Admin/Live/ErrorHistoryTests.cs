using Gateway.Core.Responses;
using Gateway.Host.Admin.Live;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Host.Admin.Live;

public sealed class ErrorHistoryTests
{
    private readonly ErrorHistory _history = new();

    [Theory]
    [InlineData(200, null, 0)]
    [InlineData(404, null, 0)]
    [InlineData(404, "no_route", 1)]
    [InlineData(200, "upstream_reset", 1)]
    [InlineData(500, null, 1)]
    public void OnlyWhatWasRefusedOrFailed_IsKept(int status, string? reason, int kept)
    {
        Take("a", status, reason);
        (_history.Total, _history.Last().Count).Should().Be((kept, kept));
    }

    [Fact]
    public void Last_AreTheLatestFirst_AndNoMoreThanItKeeps()
    {
        for (int i = 0; i < ErrorHistory.Most + 50; i++)
        {
            Take($"{i}");
        }

        _history.Total.Should().Be(ErrorHistory.Most + 50);
        _history.Last().Should().HaveCount(ErrorHistory.Most);
        _history.Last()[0].CorrelationId.Should().Be("249");
        _history.Last()[^1].CorrelationId.Should().Be("50");
    }

    [Fact]
    public void ByCorrelationId_OnlyItsOwn()
    {
        Take("a");
        Take("b");
        Take("a");
        _history.Last("a").Should().HaveCount(2);
        _history.Last("c").Should().BeEmpty();
    }

    [Fact]
    public async Task FromManyThreads_AllAreCounted()
    {
        await Given.OnThreads(4, thread =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                Take($"{thread}");
            }
        });
        _history.Total.Should().Be(4_000);
    }

    private void Take(string id, int status = 503, string? reason = "circuit_open") => _history.Take(new AccessLogEntry
    {
        Timestamp = DateTimeOffset.UnixEpoch,
        Level = LogLevel.Information,
        CorrelationId = id,
        Method = "GET",
        Path = "/",
        ResponseTimeMs = 1,
        StatusCode = status,
        Error = reason,
        ClientIp = "192.0.2.1",
        TraceParent = "",
    });
}
