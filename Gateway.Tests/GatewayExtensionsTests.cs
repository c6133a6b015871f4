using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.LoadBalancing;
using Gateway.Core.RateLimiting;
using Gateway.Core.Testing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests;

/// <summary>Each extension point, by what a client and the service see of it.</summary>
public sealed partial class GatewayExtensionsTests
{
    private static readonly RateLimitPolicyOptions One = new() { CustomKey = "tenant", Capacity = 1, RefillPerSecond = 0.001 };

    [Fact]
    public async Task LoadBalancerByName_ChoosesAmongTheInstances_WithTheRequestInHand()
    {
        await using ScriptedService one = await ScriptedService.StartAsync();
        await using ScriptedService other = await ScriptedService.StartAsync();
        GatewayOptions options = TestOptions.For(new ServiceOptions { CustomLoadBalancing = "by-header" }, one.Url, other.Url);
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(options, extensions: new GatewayExtensions
        {
            LoadBalancers = new Dictionary<string, Func<ServiceOptions, LoadBalancer>> { ["by-header"] = static _ => new ByHeader() },
        });

        for (int i = 0; i < 5; i++)
        {
            await StatusAsync(gateway, "/x", ("X-Instance", "1"));
        }

        await StatusAsync(gateway, "/x", ("X-Instance", "0"));
        (one.Received.Count, other.Received.Count).Should().Be((1, 5));
    }

    [Fact]
    public async Task RateLimitKey_SeparatesItsBuckets_AndMayLeaveARequestAlone()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        GatewayOptions options = TestOptions.For(service.Url) with
        {
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["by-tenant"] = One },
            DefaultRateLimits = ["by-tenant"],
        };
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(options, new FakeTimeProvider(), new GatewayExtensions
        {
            RateLimitKeys = new Dictionary<string, RateLimitKeySource>
            {
                ["tenant"] = static context => context.Http.Request.Headers["X-Tenant"] is { Count: > 0 } tenant ? tenant.ToString() : null,
            },
        });

        var statuses = new List<int>();
        foreach (string? tenant in new[] { "a", "a", "b", "b", null, null })
        {
            statuses.Add(await StatusAsync(gateway, "/x", tenant is null ? [] : [("X-Tenant", tenant)]));
        }

        statuses.Should().Equal(200, 429, 200, 429, 200, 200);
    }

    [Fact]
    public async Task TokenCheck_Decides_AndIsAskedOnceForAToken()
    {
        int asked = 0;
        await using ScriptedService service = await ScriptedService.StartAsync();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(Checked(service), extensions: new GatewayExtensions
        {
            TokenCheck = (token, _) =>
            {
                Interlocked.Increment(ref asked);
                return token switch
                {
                    "good" => ValueTask.FromResult(TokenResult.Valid(new UserContext("alice", null, ["admin"], [], "gold", null))),
                    "bad" => ValueTask.FromResult(TokenResult.Invalid),
                    "old" => ValueTask.FromResult(TokenResult.Valid(new UserContext("alice", null, [], [], null, DateTimeOffset.UnixEpoch))),
                    "odd" => throw new InvalidOperationException("defect"),
                    _ => ValueTask.FromResult(TokenResult.Unknown),
                };
            },
        });

        (await StatusAsync(gateway, "/x")).Should().Be(401);
        var statuses = new List<int>();
        foreach (string token in new[] { "good", "good", "bad", "old", "odd", "unknown" })
        {
            statuses.Add(await StatusAsync(gateway, "/x", ("Authorization", $"Bearer {token}")));
        }

        statuses.Should().Equal(200, 200, 401, 401, 503, 503);
        asked.Should().Be(5, "the second good one was remembered");
        service.Received[0].Headers.Should().Contain("X-User-ID", "alice").And.Contain("X-User-Roles", "admin").And.Contain("X-User-Tier", "gold");
    }

    [Fact]
    public async Task Transforms_ChangeTheMessageAndTheAnswer()
    {
        await using ScriptedService service = await ScriptedService.StartAsync(static http =>
        {
            http.Response.Headers["X-Secret"] = "s";
            return http.Response.WriteAsync("hello");
        });
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(TestOptions.For(service.Url), extensions: new GatewayExtensions
        {
            TransformRequest = static (context, message) => message.Headers.TryAddWithoutValidation("X-Route", context.RouteName),
            TransformResponse = static (context, response) =>
            {
                response.Headers.Remove("X-Secret");
                response.Headers["X-From"] = context.ServiceName;
            },
        });

        using HttpResponseMessage answer = await gateway.GetAsync("/x");

        (await answer.Content.ReadAsStringAsync()).Should().Be("hello");
        answer.Headers.GetValues("X-From").Should().Equal("svc");
        answer.Headers.Contains("X-Secret").Should().BeFalse();
        service.Received[0].Headers.Should().Contain("X-Route", "all");
    }

    [Fact]
    public async Task TransformThatThrows_Is500()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(TestOptions.For(service.Url), extensions: new GatewayExtensions
        {
            TransformRequest = static (context, _) => Throw(context.Path == "/request"),
            TransformResponse = static (context, _) => Throw(context.Path == "/response"),
        });

        (await StatusAsync(gateway, "/request")).Should().Be(500);
        (await StatusAsync(gateway, "/response")).Should().Be(500);
        (await StatusAsync(gateway, "/neither")).Should().Be(200);
    }

    [Fact]
    public async Task InstanceSource_SaysWhereTheServiceRuns()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        string url = service.Url;
        GatewayOptions options = TestOptions.For(new ServiceOptions { Discovery = new DiscoveryOptions { CustomSource = "registry" } });
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(options, extensions: new GatewayExtensions
        {
            InstanceSources = new Dictionary<string, InstanceSource>
            {
                ["registry"] = (_, feed, stop) =>
                {
                    feed.Report([new DiscoveredInstance(url)]);
                    return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
                },
            },
        });

        (await Eventually.BecomesAsync(() => StatusAsync(gateway, "/x"), static status => status == 200)).Should().Be(200);
    }

    [Fact]
    public async Task Events_TellOfCircuitsAndRefusals_AndWhatTheyThrowHarmsNobody()
    {
        var heard = new List<string>();
        await using ScriptedService service = await ScriptedService.StartAsync();
        service.AnswerWith(500);
        GatewayOptions options = TestOptions.For(service.Options with { CircuitBreaker = new() { FailureThreshold = 2 } }, service.Url);
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(options, extensions: new GatewayExtensions
        {
            InstanceChanged = change =>
            {
                heard.Add($"{change.Service} {change.Happened}: {change.Why}");
                throw new InvalidOperationException("defect");
            },
            RequestRefused = (in refused) =>
            {
                heard.Add($"{refused.StatusCode} {refused.Error} {refused.Path}");
                throw new InvalidOperationException("defect");
            },
        });

        for (int i = 0; i < 3; i++)
        {
            await StatusAsync(gateway, "/x");
        }

        await gateway.SettledAsync();
        heard.Should().Equal("svc CircuitOpened: 2 failures in a row", "503 circuit_open /x");
    }

    [Fact]
    public void NamesThatNobodyBrings_AreErrors_EachWithWhatWasMeant()
    {
        GatewayOptions options = TestOptions.For(
            new ServiceOptions { CustomLoadBalancing = "by-hedder", Discovery = new DiscoveryOptions { CustomSource = "registry" } }) with
        {
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["by-tenant"] = One },
            Auth = new AuthOptions { Mode = AuthMode.Custom },
        };
        var own = new GatewayExtensions
        {
            LoadBalancers = new Dictionary<string, Func<ServiceOptions, LoadBalancer>> { ["by-header"] = static _ => new ByHeader() },
        };

        options.Validate(own).Select(static error => error.ToString()).Should().Equal(
            "Gateway:Services:svc:CustomLoadBalancing: the application brings no load-balancing policy 'by-hedder'; did you mean 'by-header'?",
            "Gateway:Services:svc:Discovery:CustomSource: the application brings no source of instances 'registry'",
            "Gateway:RateLimits:by-tenant:CustomKey: the application brings no rate-limit key 'tenant'",
            "Gateway:Auth:Mode: the mode Custom needs an application that brings its own check of tokens");
    }

    private static GatewayOptions Checked(ScriptedService service) =>
        TestOptions.For(service.Url).WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required }) with { Auth = new AuthOptions { Mode = AuthMode.Custom } };

    private static async Task<int> StatusAsync(GatewayTestHost gateway, string target, params IReadOnlyList<(string Name, string Value)> headers)
    {
        using HttpResponseMessage answer = await gateway.GetAsync(target, headers);
        return (int)answer.StatusCode;
    }

    private static void Throw(bool now)
    {
        if (now)
        {
            throw new InvalidOperationException("defect");
        }
    }

    private sealed class ByHeader : LoadBalancer
    {
        protected override ServiceInstance ChooseAmong(ReadOnlySpan<ServiceInstance> candidates, GatewayContext? request) =>
            candidates[int.Parse(request!.Http.Request.Headers["X-Instance"].ToString(), System.Globalization.CultureInfo.InvariantCulture)];
    }

    /// <summary>The body is the service's, and how it is framed the gateway's.</summary>
    [Theory]
    [InlineData(200, "hello", 204, 99, "")]
    [InlineData(200, "hello", 304, 99, "")]
    [InlineData(200, "hello", 205, 99, "")]
    [InlineData(200, "hello", 418, 99, "hello")]
    [InlineData(200, "hello", 200, 1, "hello")]
    [InlineData(200, "hello", 200, null, "hello")]
    [InlineData(204, "", 200, 99, "")]
    [InlineData(304, "", 200, 99, "")]
    [InlineData(204, "", 204, 99, "")]
    public async Task StatusAndLengthOfATransform_LeaveTheFramingWhole(int sent, string body, int made, int? length, string got)
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        service.AnswerWith(http =>
        {
            http.Response.StatusCode = sent;
            http.Response.ContentLength = body.Length == 0 ? null : body.Length;
            return body.Length == 0 ? Task.CompletedTask : http.Response.WriteAsync(body);
        });
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(TestOptions.For(service.Url), extensions: new GatewayExtensions
        {
            TransformResponse = (_, response) => (response.StatusCode, response.ContentLength, response.Headers.TransferEncoding) = (made, length, "gzip"),
        });

        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage answer = await gateway.GetAsync("/x");
            ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()).Should().Be((made, got));
        }

        await gateway.SettledAsync();
        gateway.Decisions.Should().AllBe($"answered {made} by svc").And.HaveCount(2);
    }
}
