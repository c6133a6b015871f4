using Gateway.Core.Errors;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Proxying;

/// <summary>How a relay ends when the gateway leaves.</summary>
public sealed partial class UpgradeRelayTests
{
    [Fact]
    public async Task UpgradesEnd_BothAreToldAndTheRelayEndsOnceBothAnswered()
    {
        Task<GatewayError> running = Begin();
        await AskToEndAsync();
        _client.Heard.Should().Be(WebSockets.GoingAway);
        _instance.Heard.Should().StartWith("\u0088\u0082");
        (_instance.Heard[6] ^ _instance.Heard[2], _instance.Heard[7] ^ _instance.Heard[3]).Should().Be((0x03, 0xE9));

        _client.Says(MaskedClose);
        await _client.IsAskedAsync(3);
        running.IsCompleted.Should().BeFalse();
        _instance.Says(Close);
        (await EndAsync(running)).Should().Be(GatewayError.None);
        (_relay!.BytesIn, _relay.BytesOut).Should().Be((0, 0));
    }

    [Fact]
    public async Task UpgradesThatHaveEndedBefore_AreEndedAtOnce()
    {
        await _upgradesEnd.CancelAsync();
        Task<GatewayError> running = Begin();
        await _client.HearsAsync(WebSockets.GoingAway);
        _client.Says(MaskedClose);
        _instance.Says(Close);
        (await EndAsync(running)).Should().Be(GatewayError.None);
    }

    [Fact]
    public async Task UpgradesEnd_AnswersAreWaitedForFiveSeconds()
    {
        Task<GatewayError> running = Begin();
        await AskToEndAsync();
        _clock.Advance(TimeSpan.FromSeconds(5) - Moment);
        running.IsCompleted.Should().BeFalse();
        _clock.Advance(Moment);
        (await EndAsync(running)).Should().Be(GatewayError.None);
    }

    /// <summary>A client told to go that answered and reset at once stood in the log as one that had left.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SideThatBreaksOffWhenTold_BreaksNothing(bool isClient)
    {
        Task<GatewayError> running = Begin();
        await AskToEndAsync();
        (isClient ? _client : _instance).Throws(Reset);
        (await EndAsync(running)).Should().Be(GatewayError.None);
    }

    [Fact]
    public async Task ClientWhoseLeavingTheServerTellsWhenTold_BreaksNothing()
    {
        Task<GatewayError> running = Begin();
        await AskToEndAsync();
        await _clientLeft.CancelAsync();
        (await EndAsync(running)).Should().Be(GatewayError.None);
    }

    [Fact]
    public async Task UpgradesEnd_OtherProtocolsAreNotTold()
    {
        Task<GatewayError> running = Begin(isWebSocket: false);
        await _upgradesEnd.CancelAsync();
        _client.Says("\u0088\0");
        await _instance.HearsAsync("\u0088\0");
        (_client.Heard, running.IsCompleted).Should().Be(("", false));
        _client.Throws(Reset);
        (await EndAsync(running)).Should().Be(GatewayError.ClientClosed, "what looked like a Close is none");
    }

    /// <summary>Until both sides have heard the Close.</summary>
    private async Task AskToEndAsync()
    {
        await _upgradesEnd.CancelAsync();
        await _client.HearsAsync(WebSockets.GoingAway);
        await _instance.HearsAsync(MaskedClose);
    }
}
