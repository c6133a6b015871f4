using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>The strict tests can fail: a naive relay fails them.</summary>
public sealed class StrictRelayTests
{
    [Fact]
    public async Task NaiveRelay_PassesAnOrdinaryRequest()
    {
        await using var instance = new RecordingInstance();
        await using var relay = new NaiveRelay(instance.Url);

        HostileExchange exchange = await HostileExchange.PlayAsync(relay.Port, "POST /x HTTP/1.1\r\nHost: g\r\nContent-Length: 5\r\n\r\nhello");

        exchange.Should().Be(new HostileExchange(200, Closed: false, InStep: true));
        instance.Requests.Should().HaveCount(2);
    }

    [Fact]
    public async Task NaiveRelay_LetsABodyBecomePartOfTheNextRequest()
    {
        await using var instance = new RecordingInstance();
        await using var relay = new NaiveRelay(instance.Url);

        await HostileExchange.PlayAsync(relay.Port, HostileRequests.Framing["CL.TE"].Bytes);

        instance.Requests.Last().Should().StartWith($"GGET {HostileExchange.Next} ");
    }

    [Fact]
    public async Task NaiveRelay_FailsMostOfTheRefusals()
    {
        int wrong = 0;
        foreach (HostileRequest[] group in HostileRequests.All.Chunk(32))
        {
            wrong += (await Task.WhenAll(group.Select(GoesWrongAsync))).Count(static isWrong => isWrong);
        }

        wrong.Should().BeGreaterThan(HostileRequests.All.Count() / 2, "a relay that believes what it reads lets most of them through");
    }

    private static async Task<bool> GoesWrongAsync(HostileRequest request)
    {
        await using var instance = new RecordingInstance();
        await using var relay = new NaiveRelay(instance.Url);

        HostileExchange exchange = await HostileExchange.PlayAsync(relay.Port, request.Bytes);

        bool reached = instance.Requests.Any(static seen => !seen.StartsWith("GET " + HostileExchange.Next, StringComparison.Ordinal));
        return reached || !exchange.InStep || instance.Garbage.Count > 0;
    }
}
