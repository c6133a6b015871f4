using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Testing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests;

/// <content>Stages of an application's own.</content>
public sealed partial class GatewayExtensionsTests
{
    [Fact]
    public async Task Stages_StandAtTheirPositions_InTheirOrder()
    {
        var seen = new List<string>();
        GatewayStage Stage(StagePosition position, string name) => new(position, next => context =>
        {
            seen.Add($"{name} {context.RouteName} {context.User?.UserId ?? "nobody"} {context.InstanceName ?? "nowhere"}");
            return next(context);
        });
        await using ScriptedService service = await ScriptedService.StartAsync();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(Checked(service), extensions: new GatewayExtensions
        {
            TokenCheck = static (token, _) => ValueTask.FromResult(TokenResult.Valid(new UserContext(token, null, [], [], null, null))),
            Stages =
            [
                Stage(StagePosition.BeforeProxying, "last"), Stage(StagePosition.BeforeAuthentication, "first"),
                Stage(StagePosition.AfterAuthentication, "second"), Stage(StagePosition.BeforeAuthentication, "also first"),
            ],
        });

        await StatusAsync(gateway, "/x", ("Authorization", "Bearer alice"));

        seen.Should().Equal("first all nobody nowhere", "also first all nobody nowhere", "second all alice nowhere", "last all alice nowhere");
    }

    [Fact]
    public async Task StageThatRefuses_EndsTheWay_AsTheGatewaysOwnRefusals()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(TestOptions.For(service.Url), extensions: new GatewayExtensions
        {
            Stages = [new GatewayStage(StagePosition.BeforeAuthentication, static next => context => context.Http.Request.Headers.ContainsKey("X-Banned")
                ? context.Refuse(GatewayError.Forbidden, "Not you.", TimeSpan.FromSeconds(1.5))
                : next(context))],
        });

        using HttpResponseMessage refused = await gateway.GetAsync("/x", ("X-Banned", "1"));

        ((int)refused.StatusCode, refused.Headers.RetryAfter!.Delta).Should().Be((403, TimeSpan.FromSeconds(2)));
        (await refused.Content.ReadAsStringAsync()).Should().Contain("\"detail\":\"Not you.\"").And.Contain("\"reason\":\"forbidden\"");
        (await StatusAsync(gateway, "/x")).Should().Be(200);
        await gateway.SettledAsync();
        gateway.Decisions.Should().Equal("refused with forbidden", "answered 200 by svc");
        service.Received.Should().ContainSingle();
    }

    [Fact]
    public async Task StageThatAnswersItself_IsTheEndOfTheWay()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(TestOptions.For(service.Url), extensions: new GatewayExtensions
        {
            Stages = [new GatewayStage(StagePosition.BeforeProxying, static _ => static context =>
            {
                context.Http.Response.StatusCode = StatusCodes.Status202Accepted;
                return context.Http.Response.WriteAsync("queued");
            })],
        });

        using HttpResponseMessage answer = await gateway.GetAsync("/x");

        ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()).Should().Be((202, "queued"));
        answer.Headers.Should().ContainKey("X-Correlation-ID");
        await gateway.SettledAsync();
        gateway.Decisions.Should().Equal("answered 202 itself");
        service.Received.Should().BeEmpty();
    }

    [Fact]
    public async Task StageThatThrows_Is500_AndTheGatewayGoesOn()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(TestOptions.For(service.Url), extensions: new GatewayExtensions
        {
            Stages = [new GatewayStage(StagePosition.AfterAuthentication, static next => context =>
                context.Path == "/bad" ? throw new InvalidOperationException("defect") : next(context))],
        });

        (await StatusAsync(gateway, "/bad")).Should().Be(500);
        (await StatusAsync(gateway, "/good")).Should().Be(200);
    }

    [Theory]
    [InlineData(StagePosition.BeforeAuthentication)]
    [InlineData(StagePosition.AfterAuthentication)]
    [InlineData(StagePosition.BeforeProxying)]
    public async Task StageThatGoesOnTwice_IsADefect_AndTheServiceIsAskedOnce(StagePosition position)
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(TestOptions.For(service.Url), extensions: new GatewayExtensions
        {
            Stages =
            [
                new GatewayStage(position, static next => next),
                new GatewayStage(position, static next => async context =>
                {
                    await next(context);
                    await next(context);
                }),
            ],
        });

        try
        {
            await StatusAsync(gateway, "/x");
        }
        catch (HttpRequestException)
        {
            // Its answer may have begun: then it is cut.
        }

        await gateway.SettledAsync();
        gateway.Decisions.Should().Equal("refused with internal");
        service.Received.Should().ContainSingle();
    }

    [Fact]
    public async Task StageThatRefuses_AndGoesOnAllTheSame_GoesNowhere()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(TestOptions.For(service.Url), extensions: new GatewayExtensions
        {
            Stages = [new GatewayStage(StagePosition.BeforeAuthentication, static next => async context =>
            {
                await context.Refuse(GatewayError.Forbidden);
                await next(context);
            })],
        });

        (await StatusAsync(gateway, "/x")).Should().Be(403);
        service.Received.Should().BeEmpty();
    }
}
