using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Reception;

public sealed class RouteFormTests
{
    private const long Limit = 1_000;

    private bool _wentOn;

    [Theory]
    [InlineData(null)]
    [InlineData(0L)]
    [InlineData(Limit)]
    public async Task LengthOnTheLimit_GoesOn(long? length) =>
        (await RunAsync(new GatewayRouteOptions { MaxRequestBodyBytes = Limit }, length)).Error.Should().Be(GatewayError.None);

    [Fact]
    public async Task LengthOneByteOverTheLimit_IsBodyTooLargeAndSaysTheLimit()
    {
        GatewayContext context = await RunAsync(new GatewayRouteOptions { MaxRequestBodyBytes = Limit }, Limit + 1);

        (_wentOn, context.Error, context.Detail).Should().Be((false, GatewayError.BodyTooLarge, "At most 1000 bytes are taken here."));
    }

    [Fact]
    public async Task RouteWithoutALimit_TakesEveryLength() =>
        (await RunAsync(new GatewayRouteOptions { MaxRequestBodyBytes = 0 }, long.MaxValue)).Error.Should().Be(GatewayError.None);

    [Fact]
    public async Task EncodedSlash_IsBadRequest()
    {
        GatewayContext context = await RunAsync(new GatewayRouteOptions(), encodedSlash: true);

        (_wentOn, context.Error).Should().Be((false, GatewayError.BadRequest));
    }

    [Fact]
    public async Task EncodedSlashWithoutARoute_IsBadRequest() =>
        (await RunAsync(null, encodedSlash: true)).Error.Should().Be(GatewayError.BadRequest);

    [Fact]
    public async Task EncodedSlashOnARouteThatKeepsThem_GoesOn()
    {
        await RunAsync(new GatewayRouteOptions { EncodedSlash = EncodedSlash.Keep }, encodedSlash: true);
        _wentOn.Should().BeTrue();
    }

    [Fact]
    public async Task RequestWithoutARoute_GoesOnWhateverItsLength()
    {
        await RunAsync(null, long.MaxValue);
        _wentOn.Should().BeTrue();
    }

    /// <summary>Kestrel counts the framing of chunks too: with its limit a body just below ours would be refused.</summary>
    [Fact]
    public async Task ServersOwnLimit_IsLifted()
    {
        var size = new SizeLimit { MaxRequestBodySize = Limit };
        await RunAsync(new GatewayRouteOptions { MaxRequestBodyBytes = Limit }, length: 1, size: size);
        (_wentOn, size.MaxRequestBodySize).Should().Be((true, null));
    }

    [Fact]
    public async Task ServersLimitThatIsFixed_IsLeftAlone()
    {
        var size = new SizeLimit { IsReadOnly = true };
        await RunAsync(new GatewayRouteOptions(), length: 1, size: size);
        _wentOn.Should().BeTrue();
    }

    private async Task<GatewayContext> RunAsync(GatewayRouteOptions? options, long? length = null, bool encodedSlash = false, SizeLimit? size = null)
    {
        GatewayContext context = Given.Context(options is null ? null : Given.Route(options));
        context.HasEncodedSlash = encodedSlash;
        (context.Http.Request.Protocol, context.Http.Request.ContentLength) = ("HTTP/1.1", length);
        context.Http.Features.Set<IHttpMaxRequestBodySizeFeature>(size);
        await new RouteForm(_ =>
        {
            _wentOn = true;
            return Task.CompletedTask;
        }).InvokeAsync(context);
        return context;
    }

    private sealed class SizeLimit : IHttpMaxRequestBodySizeFeature
    {
        private long? _size;

        public bool IsReadOnly { get; init; }

        public long? MaxRequestBodySize
        {
            get => _size;
            set => _size = IsReadOnly ? throw new InvalidOperationException("Reading has begun.") : value;
        }
    }
}
