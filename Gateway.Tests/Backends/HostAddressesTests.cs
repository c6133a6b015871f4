using System.Net;
using System.Net.Sockets;
using Gateway.Core.Backends;

namespace Gateway.Tests.Backends;

public sealed class HostAddressesTests
{
    private readonly HostAddresses _host = new("host");

    [Fact]
    public async Task FirstLookUp_IsWaitedFor()
    {
        Task<IPAddress[]> order = _host.NextOrderAsync(CancellationToken.None).AsTask();
        order.IsCompleted.Should().BeFalse();

        Take("10.0.0.1");

        (await order).Should().Equal(IPAddress.Parse("10.0.0.1"));
    }

    [Fact]
    public async Task WaitForTheFirstLookUp_EndsWithItsToken()
    {
        using var source = new CancellationTokenSource();
        Task<IPAddress[]> order = _host.NextOrderAsync(source.Token).AsTask();

        await source.CancelAsync();

        await FluentActions.Awaiting(() => order).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task NameWithoutAnAnswer_FailsAtOnce()
    {
        _host.Miss("refused");

        (await FluentActions.Awaiting(() => _host.NextOrderAsync(CancellationToken.None).AsTask()).Should().ThrowAsync<SocketException>())
            .Which.SocketErrorCode.Should().Be(SocketError.HostNotFound);
    }

    [Fact]
    public void NextLookUp_EndsWithAGoodAnswerAndWithAFailure_EachOnce()
    {
        Task first = _host.NextLookUp;
        Take("10.0.0.1");
        Task second = _host.NextLookUp;
        (first.IsCompleted, second.IsCompleted).Should().Be((true, false));
        _host.Miss("refused");
        second.IsCompleted.Should().BeTrue();
    }

    [Fact]
    public async Task Addresses_ComeFirstInTurn()
    {
        Take("10.0.0.1", "10.0.0.2", "10.0.0.3");

        (await OrderAsync()).Should().Be("10.0.0.1 10.0.0.2 10.0.0.3");
        (await OrderAsync()).Should().Be("10.0.0.2 10.0.0.3 10.0.0.1");
        (await OrderAsync()).Should().Be("10.0.0.3 10.0.0.1 10.0.0.2");
        (await OrderAsync()).Should().Be("10.0.0.1 10.0.0.2 10.0.0.3");
    }

    [Fact]
    public async Task Families_TakeTurnsAndThePreferredOneBegins()
    {
        Take("2001:db8::1", "2001:db8::2", "2001:db8::3", "10.0.0.1", "10.0.0.2");

        (await OrderAsync()).Should().Be("2001:db8::1 10.0.0.1 2001:db8::2 10.0.0.2 2001:db8::3");
        (await OrderAsync()).Should().Be("2001:db8::2 10.0.0.2 2001:db8::3 10.0.0.1 2001:db8::1");
    }

    [Fact]
    public async Task FailedAddress_ComesLastAndTheOthersStillTakeTurns()
    {
        Take("10.0.0.1", "10.0.0.2", "10.0.0.3");
        _host.Avoid(IPAddress.Parse("10.0.0.1"));

        (await OrderAsync()).Should().Be("10.0.0.2 10.0.0.3 10.0.0.1");
        (await OrderAsync()).Should().Be("10.0.0.3 10.0.0.2 10.0.0.1");
    }

    [Fact]
    public async Task FailedAddress_IsLikeTheOthersOnceItCanBeConnectedTo()
    {
        Take("10.0.0.1", "10.0.0.2");
        _host.Avoid(IPAddress.Parse("10.0.0.1"));
        _host.Trust(IPAddress.Parse("10.0.0.1"));

        (await OrderAsync()).Should().Be("10.0.0.1 10.0.0.2");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FailedAddress_GetsAnotherChanceWithTheNextLookUp(bool good)
    {
        Take("10.0.0.1", "10.0.0.2");
        _host.Avoid(IPAddress.Parse("10.0.0.1"));
        _ = good ? Take("10.0.0.1", "10.0.0.2") : _host.Miss("down");

        (await OrderAsync()).Should().Be("10.0.0.1 10.0.0.2");
    }

    [Fact]
    public async Task AllFailed_AreStillTried()
    {
        Take("10.0.0.1", "10.0.0.2");
        _host.Avoid(IPAddress.Parse("10.0.0.1"));
        _host.Avoid(IPAddress.Parse("10.0.0.2"));

        (await OrderAsync()).Should().Be("10.0.0.1 10.0.0.2");
    }

    [Fact]
    public async Task AddressThatHasLeftTheAnswer_IsNeitherTriedNorRemembered()
    {
        Take("10.0.0.1", "10.0.0.2");
        Take("10.0.0.2");
        _host.Avoid(IPAddress.Parse("10.0.0.1"));

        (await OrderAsync()).Should().Be("10.0.0.2");
    }

    [Fact]
    public async Task FailedLookUp_KeepsTheAddresses()
    {
        Take("10.0.0.1");
        _host.Miss("down");

        (await OrderAsync()).Should().Be("10.0.0.1");
        _host.Failure.Should().Be("down");
        _host.Addresses.Should().HaveCount(1);
    }

    [Fact]
    public void Change_IsToldOnceEachWay()
    {
        Take("10.0.0.1").Should().BeFalse("nothing was wrong before");
        _host.Miss("down").Should().BeTrue();
        _host.Miss("down").Should().BeFalse();
        Take("10.0.0.1").Should().BeTrue();
        Take("10.0.0.1").Should().BeFalse();
        _host.Failure.Should().BeNull();
    }

    [Fact]
    public void Answer_IsCutAtTheLimitAndHoldsNothingTwice()
    {
        IPAddress[] many = [.. Enumerable.Range(0, HostAddresses.MaxAddresses + 1).Select(static i => new IPAddress([10, 0, (byte)(i >> 8), (byte)i]))];

        _host.Take([many[0], many[0], .. many[1..^1]]);
        _host.Addresses.Should().Equal(many[..^1]);
        _host.Take(many);
        _host.Addresses.Should().Equal(many[..^1]);
    }

    private bool Take(params string[] addresses) => _host.Take([.. addresses.Select(IPAddress.Parse)]);

    private async Task<string> OrderAsync() => string.Join<IPAddress>(' ', await _host.NextOrderAsync(CancellationToken.None));
}
