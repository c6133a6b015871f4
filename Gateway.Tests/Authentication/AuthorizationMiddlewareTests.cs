using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Authentication;

public sealed class AuthorizationMiddlewareTests
{
    private static readonly string[] NoneHeld = [];

    [Fact]
    public async Task NoRoute_GoesOn()
    {
        (await Passes(require: null, user: null, hasRoute: false)).Should().BeTrue();
    }

    [Fact]
    public async Task RouteWithoutRequirements_GoesOnEvenWithoutUser()
    {
        (await Passes(require: null, user: null)).Should().BeTrue();
        (await Passes(new RequireOptions(), user: null)).Should().BeTrue();
    }

    [Fact]
    public async Task RouteWithRequirementsAndNoUser_IsForbidden()
    {
        (await Passes(new RequireOptions { Roles = ["admin"] }, user: null)).Should().BeFalse();
        (await Passes(new RequireOptions { Scopes = ["read"] }, user: null)).Should().BeFalse();
    }

    [Theory]
    [InlineData("admin", true)]
    [InlineData("editor", true)]
    [InlineData("user", false)]
    [InlineData("Admin", false)]
    [InlineData("admins", false)]
    public async Task AnyOneOfTheRoles_IsEnough_ComparedWithCase(string held, bool passes)
    {
        (await Passes(new RequireOptions { Roles = ["admin", "editor"] }, User(["user", held], NoneHeld))).Should().Be(passes);
    }

    [Theory]
    [InlineData("read write", true)]
    [InlineData("write extra read", true)]
    [InlineData("read", false)]
    [InlineData("read Write", false)]
    [InlineData("", false)]
    public async Task AllOfTheScopes_AreNeeded_ComparedWithCase(string held, bool passes)
    {
        (await Passes(new RequireOptions { Scopes = ["read", "write"] }, User(NoneHeld, held.Split(' ')))).Should().Be(passes);
    }

    [Fact]
    public async Task RolesAndScopes_MustBothBeMet()
    {
        var require = new RequireOptions { Roles = ["admin"], Scopes = ["read"] };

        (await Passes(require, User(["admin"], ["read"]))).Should().BeTrue();
        (await Passes(require, User(["admin"], NoneHeld))).Should().BeFalse();
        (await Passes(require, User(NoneHeld, ["read"]))).Should().BeFalse();
    }

    private static async Task<bool> Passes(RequireOptions? require, UserContext? user, bool hasRoute = true)
    {
        var service = new BackendService("s", 0, new ServiceOptions(), TimeProvider.System);
        bool reached = false;
        var context = new GatewayContext(new DefaultHttpContext(), 0)
        {
            Route = hasRoute ? new Route("r", 0, new GatewayRouteOptions { Require = require }, service) : null,
            User = user,
        };
        var stage = new AuthorizationMiddleware(_ =>
        {
            reached = true;
            return Task.CompletedTask;
        });

        await stage.InvokeAsync(context);

        context.Error.Should().Be(reached ? GatewayError.None : GatewayError.Forbidden);
        return reached;
    }

    private static UserContext User(string[] roles, string[] scopes) => new("u1", null, roles, scopes, null, null);
}
