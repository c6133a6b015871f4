using Gateway.Core.Backends;
using Gateway.Core.Errors;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Proxying;

public sealed partial class UpgradeRelayTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Moment = TimeSpan.FromMilliseconds(1);
    private static readonly string Close = WebSockets.Frame(8, "\u0003\u00e8", masked: false), MaskedClose = WebSockets.Frame(8, "\u0003\u00e8", masked: true);
    private static readonly IOException Reset = new("reset");

    private readonly FakeTimeProvider _clock = new();
    private readonly CancellationTokenSource _clientLeft = new();
    private readonly CancellationTokenSource _upgradesEnd = new();
    private readonly ScriptedStream _client = new();
    private readonly ScriptedStream _instance = new();
    private readonly ReachableConnection _connection;
    private readonly AttemptTimer _timer;
    private UpgradeRelay? _relay;
    private int _answersEnded;

    public UpgradeRelayTests()
    {
        _timer = new AttemptTimer(_clock).Begin(new TimeoutOptions(), _clock.GetTimestamp(), hasBody: false, isGrpc: false, _clientLeft.Token);
        _timer.HeadersCame(isStream: true);
        _connection = new ReachableConnection(_instance, static _ => { });
    }

    public void Dispose()
    {
        _relay?.Dispose();
        _timer.Dispose();
        _clientLeft.Dispose();
        _upgradesEnd.Dispose();
        _connection.Dispose();
        _client.Dispose();
        _instance.Dispose();
    }

    [Fact]
    public async Task BothSides_AreHeardAndCounted()
    {
        Task<GatewayError> running = Begin();
        _client.Says("question");
        await _instance.HearsAsync("question");
        _instance.Says("ans");
        _instance.Says("wer");
        await _client.HearsAsync("answer");
        _client.Ends();
        _instance.Ends();

        (await EndAsync(running)).Should().Be(GatewayError.None);
        (_instance.Heard, _client.Heard).Should().Be(("question", "answer"));
        (_relay!.BytesIn, _relay.BytesOut).Should().Be((8, 6));
        _timer.Token.IsCancellationRequested.Should().BeTrue("nothing is on its way any more");
    }

    [Fact]
    public async Task ClientThatEnds_TheInstanceGoesOn()
    {
        Task<GatewayError> running = Begin();
        _client.Ends();
        await _client.IsAskedAsync(2);
        _instance.Says("still here");
        await _client.HearsAsync("still here");
        running.IsCompleted.Should().BeFalse();
        _instance.Ends();
        (await EndAsync(running)).Should().Be(GatewayError.None);
    }

    [Fact]
    public async Task InstanceThatEnds_TheClientIsToldAndGoesOn()
    {
        Task<GatewayError> running = Begin();
        _instance.Ends();
        SpinWait.SpinUntil(() => Volatile.Read(ref _answersEnded) == 1, Patience).Should().BeTrue();
        _client.Says("still here");
        await _instance.HearsAsync("still here");
        running.IsCompleted.Should().BeFalse();
        _client.Ends();
        (await EndAsync(running)).Should().Be(GatewayError.None);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SideThatEndsWhereTheOtherCannotBeTold_EndsBoth(bool isClient)
    {
        Task<GatewayError> running = Begin(new UpgradedSides(_client, EndAnswer: null, _instance, Connection: null));
        (isClient ? _client : _instance).Ends();
        (await EndAsync(running)).Should().Be(GatewayError.None);
    }

    [Fact]
    public async Task SideThatEnds_AndCannotBeToldSinceTheOtherHasGone_LeavesTheJudgementToTheOther()
    {
        Task<GatewayError> running = Begin(new UpgradedSides(_client, static () => throw new IOException("gone"), _instance, _connection));
        _instance.Ends();
        await _instance.IsAskedAsync(2);
        running.IsCompleted.Should().BeFalse();
        _client.Throws(Reset);
        (await EndAsync(running)).Should().Be(GatewayError.ClientClosed);
    }

    [Theory]
    [InlineData("", GatewayError.UpstreamReset)]
    [InlineData("\u0081\0", GatewayError.UpstreamReset)]
    [InlineData("\u0088\0", GatewayError.None)]
    public async Task InstanceThatBreaksOff_HasFailedUnlessItSaidClose(string said, object error)
    {
        Task<GatewayError> running = Begin();
        _instance.Says(said);
        _instance.Throws(Reset);
        (await EndAsync(running)).Should().Be((GatewayError)error);
    }

    [Fact]
    public async Task InstanceThatBreaksOffOnTheClientsClose_HasFailed()
    {
        Task<GatewayError> running = Begin();
        _client.Says(MaskedClose);
        await _instance.HearsAsync(MaskedClose);
        _instance.Throws(Reset);
        (await EndAsync(running)).Should().Be(GatewayError.UpstreamReset);
    }

    [Theory]
    [InlineData("", GatewayError.ClientClosed)]
    [InlineData("\u0081\0", GatewayError.ClientClosed)]
    [InlineData("\u0088\0", GatewayError.None)]
    public async Task ClientThatBreaksOff_HasLeftUnlessItSaidClose(string said, object error)
    {
        Task<GatewayError> running = Begin();
        _client.Says(said);
        _client.Throws(Reset);
        (await EndAsync(running)).Should().Be((GatewayError)error);
    }

    [Theory]
    [InlineData(false, GatewayError.ClientClosed)]
    [InlineData(true, GatewayError.None)]
    public async Task ClientWhoseLeavingTheServerTells_HasLeftUnlessItSaidClose(bool saysClose, object error)
    {
        Task<GatewayError> running = Begin();
        if (saysClose)
        {
            _client.Says(MaskedClose);
            await _instance.HearsAsync(MaskedClose);
        }

        await _clientLeft.CancelAsync();
        (await EndAsync(running)).Should().Be((GatewayError)error);
    }

    /// <summary>Over HTTP/2 the reset overtook the Close that the client had answered with, and an orderly end stood in the log as its fault.</summary>
    [Theory]
    [InlineData(true, GatewayError.None)]
    [InlineData(false, GatewayError.ClientClosed)]
    public async Task ClientThatLeavesAfterTheInstancesEnd_HasLeftUnlessTheInstanceSaidClose(bool saysClose, object error)
    {
        Task<GatewayError> running = Begin();
        _instance.Says(saysClose ? Close : "\u0081\0");
        _instance.Ends();
        SpinWait.SpinUntil(() => Volatile.Read(ref _answersEnded) == 1, Patience).Should().BeTrue();
        await _clientLeft.CancelAsync();
        (await EndAsync(running)).Should().Be((GatewayError)error);
    }

    [Fact]
    public async Task ClientThatLeavesWhileTheInstanceAwaitsTheAnswerToItsClose_HasLeft()
    {
        Task<GatewayError> running = Begin();
        _instance.Says(Close);
        await _client.HearsAsync(Close);
        await _clientLeft.CancelAsync();
        (await EndAsync(running)).Should().Be(GatewayError.ClientClosed);
    }

    [Fact]
    public async Task ClientThatTakesNothing_HasLeftAsItsOwnDirectionTells()
    {
        _client.WriteFailure = Reset;
        Task<GatewayError> running = Begin();
        _instance.Says("x");
        await _client.IsWrittenToAsync(1);
        running.IsCompleted.Should().BeFalse();
        _client.Ends();
        (await EndAsync(running)).Should().Be(GatewayError.ClientClosed);
    }

    [Theory]
    [InlineData(true, GatewayError.UpstreamReset)]
    [InlineData(false, GatewayError.None)]
    public async Task InstanceThatTakesNothing_HasFailedIfItsOwnDirectionDoes(bool breaksOff, object error)
    {
        _instance.WriteFailure = Reset;
        Task<GatewayError> running = Begin();
        _client.Says("x");
        await _instance.IsWrittenToAsync(1);
        _instance.Says("no more of that");
        await _client.HearsAsync("no more of that");
        running.IsCompleted.Should().BeFalse();
        if (breaksOff)
        {
            _instance.Throws(Reset);
        }
        else
        {
            _instance.Ends();
        }

        (await EndAsync(running)).Should().Be((GatewayError)error);
    }

    [Theory]
    [InlineData(false, false, GatewayError.UpstreamTimeout)]
    [InlineData(true, false, GatewayError.UpstreamTimeout)]
    [InlineData(false, true, GatewayError.UpstreamTimeout)]
    [InlineData(true, true, GatewayError.None)]
    public async Task Silence_IsATimeoutUnlessBothHaveSaidClose(bool client, bool instance, object error)
    {
        Task<GatewayError> running = Begin();
        _client.Says(client ? MaskedClose : "\u0081\u0080\0\0\0\0");
        _instance.Says(instance ? Close : "\u0081\0");
        await _client.IsAskedAsync(3);
        await _instance.IsAskedAsync(3);

        _clock.Advance(new TimeoutOptions().Idle);

        (await EndAsync(running)).Should().Be((GatewayError)error);
    }

    private Task<GatewayError> Begin(UpgradedSides? sides = null, bool isWebSocket = true)
    {
        _relay = new UpgradeRelay(sides ?? new UpgradedSides(_client, EndAnswerAsync, _instance, _connection), isWebSocket, _timer, _clock);
        return _relay.RunAsync(_upgradesEnd.Token);
    }

    private Task EndAnswerAsync()
    {
        Interlocked.Increment(ref _answersEnded);
        return Task.CompletedTask;
    }

    private static Task<GatewayError> EndAsync(Task<GatewayError> running) => running.WaitAsync(Patience);
}
