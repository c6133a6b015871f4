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

    /// <summary>What came while another was taken in was counted and not kept. Many rounds, since the threads must meet.</summary>
    [Fact]
    public async Task FromManyThreads_AllAreKept()
    {
        ErrorHistory[] rounds = [.. Enumerable.Range(0, 500).Select(static _ => new ErrorHistory())];
        await Given.OnThreads(4, thread =>
        {
            foreach (ErrorHistory history in rounds)
            {
                for (int i = 0; i < ErrorHistory.Most / 4; i++)
                {
                    history.Take(Entry($"{thread}-{i}"));
                    if (i == 7)
                    {
                        history.Last().Count.Should().BeInRange(1, ErrorHistory.Most);
                    }
                }
            }
        });
        foreach (ErrorHistory history in rounds)
        {
            history.Total.Should().Be(ErrorHistory.Most);
            history.Last().Select(static entry => entry.CorrelationId).Distinct().Should().HaveCount(ErrorHistory.Most);
        }
    }

    [Fact]
    public async Task FromManyThreads_ThoseKeptAreTheLast_InTheirOrder()
    {
        await Given.OnThreads(4, thread =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                Take($"{thread}-{i:D4}");
            }
        });
        string[] kept = [.. _history.Last().Select(static entry => entry.CorrelationId)];
        (_history.Total, kept.Distinct().Count()).Should().Be((4_000, ErrorHistory.Most));
        foreach (IGrouping<char, string> thread in kept.GroupBy(static id => id[0]))
        {
            thread.Should().BeInDescendingOrder(StringComparer.Ordinal);
        }

        kept.Should().Contain(static id => id.EndsWith("-0999"), "the last of all was some thread's last");
    }

    [Fact]
    public void Taking_AllocatesNothing()
    {
        AccessLogEntry entry = Entry("a");
        Allocations.Of(() => _history.Take(entry)).Should().Be(0);
    }

    private void Take(string id, int status = 503, string? reason = "circuit_open") => _history.Take(Entry(id, status, reason));

    private static AccessLogEntry Entry(string id, int status = 503, string? reason = "circuit_open") => new()
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
    };
}
