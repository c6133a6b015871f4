using Gateway.Core.Context;
using Gateway.Core.Responses;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Responses;

public sealed class AppliedLimitsTests : IDisposable
{
    private readonly FakeExchange _exchange = new();

    public void Dispose() => _exchange.Dispose();

    [Fact]
    public void Alone_ItsOwnStandOverWhatAServiceSent()
    {
        _exchange.Headers["RateLimit"] = "the service's";
        Write("a");
        Written.Should().Be(("a;q", "a;r"));
    }

    [Fact]
    public void SeveralThatAreExpected_AreAllTold_TheOutermostFirst()
    {
        AppliedLimits.Expect(_exchange.Http, "outer").Should().BeTrue();
        AppliedLimits.Expect(_exchange.Http, "inner").Should().BeTrue();
        AppliedLimits.Expect(_exchange.Http, "outer").Should().BeFalse("it has been asked");
        _exchange.Headers["RateLimit"] = "the service's";

        Write("inner");
        Write(null);
        Write("outer");

        Written.Should().Be(("outer;q, inner;q", "outer;r, inner;r"));
    }

    [Fact]
    public void WithoutALimit_NothingIsWritten()
    {
        AppliedLimits.Expect(_exchange.Http, this);
        Write(null);
        _exchange.Headers.Should().BeEmpty();
    }

    private (string Policy, string State) Written => (_exchange.Headers["RateLimit-Policy"].ToString(), _exchange.Headers["RateLimit"].ToString());

    private void Write(string? name)
    {
        GatewayContext context = _exchange.Context();
        (context.RateLimitPolicyHeader, context.RateLimitHeader) = (name is null ? null : name + ";q", name is null ? null : name + ";r");
        AppliedLimits.Write(context, _exchange.Headers);
    }
}
