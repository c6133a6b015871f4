using System.Net;
using System.Net.Sockets;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Chaos;

/// <summary>The relay does what it is told: else the cases of chaos would prove nothing.</summary>
public sealed class FaultRelayTests : IAsyncLifetime
{
    private const string Question = "GET /a HTTP/1.1\r\nHost: i\r\n\r\n", Answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/a";

    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(200), Patience = TimeSpan.FromSeconds(30);

    private RecordingInstance _instance = null!;
    private FaultRelay _relay = null!;

    public Task InitializeAsync()
    {
        _instance = NewInstance();
        _relay = FaultRelay.To(_instance.Url);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _instance.DisposeAsync();
    }

    [Fact]
    public async Task NoFault_PassesAllAndCountsIt()
    {
        using (RawConnection client = await AskAsync())
        {
            (await client.ReadResponseAsync()).Body.Should().Be("/a");
            await client.SendAsync(Question);
            (await client.ReadResponseAsync()).Body.Should().Be("/a");
            _relay.Open.Should().Be(1);
        }

        await RealTime.UntilAsync(() => _relay.Open == 0, Patience);
        (_relay.Made, _relay.Open).Should().Be((1, 0));
        (_relay.BytesToInstance, _relay.BytesToClient).Should().Be((2 * Question.Length, 2 * Answer.Length));
    }

    [Fact]
    public async Task Closed_RefusesOnItsPortAndResetsWhatIsOpenUntilItListensAgain()
    {
        using RawConnection before = await AskAsync();
        await before.ReadResponseAsync();

        _relay.Close();

        (await before.ReadToEndAsync()).Should().BeEmpty();
        (await FluentActions.Awaiting(AskAsync).Should().ThrowAsync<SocketException>())
            .Which.SocketErrorCode.Should().Be(SocketError.ConnectionRefused);
        _relay.Listen();
        using RawConnection after = await AskAsync();
        (await after.ReadResponseAsync()).Body.Should().Be("/a");
    }

    [Fact]
    public async Task ClosedManyTimes_HasItsPortEachTime()
    {
        for (int i = 0; i < 20; i++)
        {
            _relay.Close();
            _relay.Listen();
            using RawConnection client = await AskAsync();
            (await client.ReadResponseAsync()).Body.Should().Be("/a");
        }
    }

    [Fact]
    public async Task ResetAtOnce_ReachesNoInstance()
    {
        _relay.Fault = Fault.ResetAtOnce;

        // Whether the reset is seen by the call that connects or by the next one is a matter of microseconds.
        Func<Task> connecting = async () =>
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, _relay.Port);
            await client.ReceiveAsync(new byte[1]);
        };
        (await connecting.Should().ThrowAsync<SocketException>()).Which.SocketErrorCode.Should().Be(SocketError.ConnectionReset);
        _instance.Requests.Should().BeEmpty();
        (_relay.Made, _relay.BytesToInstance).Should().Be((1, 0));
    }

    [Fact]
    public async Task Blackhole_ClosesNothingAndGoesOnWhenItEnds()
    {
        using RawConnection open = await AskAsync();
        await open.ReadResponseAsync();
        _relay.Fault = Fault.Blackhole;

        await open.SendAsync(Question);
        using RawConnection made = await AskAsync();

        (await open.ReadToEndAsync(Silence)).Should().BeEmpty();
        (await made.ReadToEndAsync(Silence)).Should().BeEmpty();
        (_instance.Requests.Count, _relay.Open).Should().Be((1, 2));
        _relay.Fault = Fault.None;
        (await open.ReadResponseAsync()).Body.Should().Be("/a");
        (await made.ReadResponseAsync()).Body.Should().Be("/a");
    }

    [Fact]
    public async Task Reset_ComesBehindSoManyBytesOfEachAnswer()
    {
        _relay.Fault = Fault.ResetAt(Answer.Length + 1);
        using RawConnection client = await AskAsync();
        await client.ReadResponseAsync();
        await client.SendAsync(Question);
        (await client.ReadResponseAsync()).Body.Should().Be("/a", "the bytes of the answer before do not count");
        _relay.Fault = Fault.ResetAt(10);

        await client.SendAsync(Question);

        (await client.ReadToEndAsync()).Should().Be(Answer[..10]);
        await RealTime.UntilAsync(() => _relay.Open == 0, Patience);
        _relay.Open.Should().Be(0);
    }

    [Fact]
    public async Task Truncation_EndsInOrder()
    {
        _relay.Fault = Fault.TruncateAt(Answer.Length - 1);
        using RawConnection client = await AskAsync();

        (await client.ReadToEndAsync()).Should().Be(Answer[..^1]);
    }

    [Fact]
    public async Task Stall_HoldsTheRestUntilItEnds()
    {
        _relay.Fault = Fault.StallAt(20);
        using RawConnection client = await AskAsync();
        (await client.ReadToEndAsync(Silence)).Should().Be(Answer[..20]);

        _relay.Fault = Fault.None;

        (await client.ReadExactlyAsync(Answer.Length - 20)).Should().Be(Answer[20..]);
    }

    [Fact]
    public async Task Trickle_BringsAllInItsTime()
    {
        _relay.Fault = Fault.Trickle(4);
        long start = TimeProvider.System.GetTimestamp();
        using RawConnection client = await AskAsync();

        (await client.ReadExactlyAsync(Answer.Length)).Should().Be(Answer);

        TimeProvider.System.GetElapsedTime(start).Should().BeGreaterThan(TimeSpan.FromMilliseconds(60), "ten pieces have nine pauses of 10 ms between them");
    }

    [Fact]
    public async Task Corruption_ChangesOneByteOfEachAnswer()
    {
        _relay.Fault = Fault.CorruptAt(1);
        using RawConnection client = await AskAsync();

        (await client.ReadExactlyAsync(Answer.Length)).Should().Be($"H{(char)('T' ^ 0x5A)}{Answer[2..]}");
        await client.SendAsync(Question);
        (await client.ReadExactlyAsync(2))[1].Should().Be((char)('T' ^ 0x5A));
    }

    [Fact]
    public async Task FaultOfOneConnection_LeavesTheOthersAlone()
    {
        _relay.FaultOf = static number => number == 2 ? Fault.ResetAt(0) : null;
        using RawConnection first = await AskAsync();
        using RawConnection second = await AskAsync();

        (await first.ReadResponseAsync()).Body.Should().Be("/a");
        (await second.ReadToEndAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task FaultOfOneConnection_EndsWhenItIsTakenAway()
    {
        _relay.FaultOf = static _ => Fault.Blackhole;
        using RawConnection client = await AskAsync();
        (await client.ReadToEndAsync(Silence)).Should().BeEmpty();

        _relay.FaultOf = null;

        (await client.ReadResponseAsync()).Body.Should().Be("/a");
    }

    private static RecordingInstance NewInstance() => new();

    private async Task<RawConnection> AskAsync()
    {
        RawConnection client = await RawConnection.ToAsync(_relay.Port);
        await client.SendAsync(Question);
        return client;
    }
}
