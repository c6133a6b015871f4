using Gateway.Core.Context;
using Gateway.Core.Responses;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Tests.Responses;

public sealed class StandardHeadersTests
{
    [Fact]
    public async Task CorrelationId_StandsOnEveryResponseOverWhatAServiceSent()
    {
        using var exchange = new FakeExchange();
        exchange.Headers["X-Correlation-ID"] = "the service's";

        await StartAsync(exchange);

        exchange.Headers["X-Correlation-ID"].ToString().Should().Be("c-1");
    }

    [Fact]
    public async Task Headers_AreWrittenWhenTheResponseStarts()
    {
        using var exchange = new FakeExchange();

        new StandardHeaders(() => false).Register(exchange.Context());

        exchange.Headers.Should().BeEmpty();
        await exchange.StartAsync();
        exchange.Headers.Keys.Should().Equal("X-Correlation-ID");
    }

    [Fact]
    public async Task RateLimitState_IsWrittenOverWhatAServiceSent()
    {
        using var exchange = new FakeExchange();
        exchange.Headers["RateLimit"] = "the service's";

        await StartAsync(exchange, context => (context.RateLimitPolicyHeader, context.RateLimitHeader) = ("\"a\";q=2;w=1", "\"a\";r=1;t=1"));

        exchange.Headers["RateLimit-Policy"].ToString().Should().Be("\"a\";q=2;w=1");
        exchange.Headers["RateLimit"].ToString().Should().Be("\"a\";r=1;t=1");
    }

    [Fact]
    public async Task RateLimitOfAService_PassesWhereNoneOfOursApplies()
    {
        using var exchange = new FakeExchange();
        exchange.Headers["RateLimit"] = "the service's";

        await StartAsync(exchange);

        exchange.Headers["RateLimit"].ToString().Should().Be("the service's");
    }

    [Theory]
    [InlineData("HTTP/1.0", "close")]
    [InlineData("HTTP/1.1", "close")]
    [InlineData("HTTP/2", "")]
    [InlineData("HTTP/3", "")]
    public async Task WhileDraining_EveryConnectionIsAskedToCloseInItsOwnWay(string protocol, string header)
    {
        using var exchange = new FakeExchange(protocol: protocol);
        var connection = new Connection();
        exchange.Http.Features.Set<IConnectionLifetimeNotificationFeature>(connection);

        await StartAsync(exchange, isDraining: true);

        (exchange.Headers.Connection.ToString(), connection.CloseRequests).Should().Be((header, 1));
    }

    [Fact]
    public async Task WhileNotDraining_ConnectionsStay()
    {
        using var exchange = new FakeExchange();
        var connection = new Connection();
        exchange.Http.Features.Set<IConnectionLifetimeNotificationFeature>(connection);

        await StartAsync(exchange);

        (exchange.Headers.Connection.Count, connection.CloseRequests).Should().Be((0, 0));
    }

    /// <summary>A request that was under way when draining began tells its client, too.</summary>
    [Fact]
    public async Task Draining_IsLookedAtWhenTheResponseStarts()
    {
        using var exchange = new FakeExchange();
        bool draining = false;
        new StandardHeaders(() => draining).Register(exchange.Context());

        draining = true;
        await exchange.StartAsync();

        exchange.Headers.Connection.ToString().Should().Be("close");
    }

    private static async Task StartAsync(FakeExchange exchange, Action<GatewayContext>? prepare = null, bool isDraining = false)
    {
        GatewayContext context = exchange.Context();
        prepare?.Invoke(context);
        new StandardHeaders(() => isDraining).Register(context);
        await exchange.StartAsync();
    }

    private sealed class Connection : IConnectionLifetimeNotificationFeature
    {
        public int CloseRequests { get; private set; }

        public CancellationToken ConnectionClosedRequested { get; set; }

        public void RequestClose() => CloseRequests++;
    }
}
