using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Context;

public sealed class RouteTests
{
    [Fact]
    public void MaxRequestBodyBytesOfZero_MeansNoLimit() =>
        Given.Route(new GatewayRouteOptions { MaxRequestBodyBytes = 0 }).MaxRequestBodyBytes.Should().BeNull();

    [Fact]
    public void MaxRequestBodyBytesOfOne_IsALimitOfOneByte() =>
        Given.Route(new GatewayRouteOptions { MaxRequestBodyBytes = 1 }).MaxRequestBodyBytes.Should().Be(1);

    [Fact]
    public void RequireWithoutRolesAndScopes_RequiresNothing()
    {
        Given.Route(new GatewayRouteOptions()).Requires.Should().BeNull();
        Given.Route(new GatewayRouteOptions { Require = new RequireOptions() }).Requires.Should().BeNull();
    }

    [Fact]
    public void RolesOrScopes_AreRequired()
    {
        Given.Route(new GatewayRouteOptions { Require = new RequireOptions { Roles = ["admin"] } }).Requires!.Roles.Should().Equal("admin");
        Given.Route(new GatewayRouteOptions { Require = new RequireOptions { Scopes = ["read"] } }).Requires!.Scopes.Should().Equal("read");
    }

    [Fact]
    public void Timeouts_AreTheServicesWithTheRoutesOwnOnTop()
    {
        Route route = Given.Route(new GatewayRouteOptions { Timeouts = new RouteTimeoutOptions { Total = TimeSpan.FromSeconds(3) } });
        TimeoutOptions slow = new() { Total = TimeSpan.FromHours(1), Idle = TimeSpan.FromHours(2) };

        route.Timeouts.Should().Be(new TimeoutOptions { Total = TimeSpan.FromSeconds(3) });
        route.TimeoutsOf(Given.Service(Given.ServiceOptions(1) with { Timeouts = slow })).Should().Be(slow with { Total = TimeSpan.FromSeconds(3) });
        Given.Route(new GatewayRouteOptions()).TimeoutsOf(Given.Service(Given.ServiceOptions(1) with { Timeouts = slow })).Should().Be(slow);
    }

    [Theory]
    [InlineData(RouteAuth.Required)]
    [InlineData(RouteAuth.Optional)]
    [InlineData(RouteAuth.Anonymous)]
    public void Auth_IsTheOptions(RouteAuth auth) => Given.Route(new GatewayRouteOptions { Auth = auth }).Auth.Should().Be(auth);
}
