using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Resilience;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Kit;

/// <summary>The things a test needs before it comes to its point.</summary>
internal static class Given
{
    public static ServiceOptions ServiceOptions(params int[] weights) => new()
    {
        Instances = [.. weights.Select((weight, at) => new InstanceOptions { Url = $"http://10.0.0.{at + 1}:80", Weight = weight })],
        HealthCheck = new HealthCheckOptions { Rise = 1, Fall = 1 },
    };

    /// <summary>A service with one instance per weight, at 10.0.0.1, 10.0.0.2 and so on.</summary>
    public static BackendService Service(params int[] weights) => Service(ServiceOptions(weights));

    public static BackendService Service(ServiceOptions options, TimeProvider? clock = null, InstanceWatcher? watcher = null) =>
        new("service", 0, options, clock ?? TimeProvider.System, watcher);

    public static Route Route(GatewayRouteOptions options, int index = 0, string? name = null) =>
        new(name ?? $"route-{index}", index, options, Service(1));

    public static GatewayContext Context(Route? route = null, UserContext? user = null, string ip = "192.0.2.1") =>
        new(new DefaultHttpContext(), startedAt: 0) { Route = route, User = user, ClientIp = IPAddress.Parse(ip), ClientIpText = ip };

    public static UserContext User(string id = "u1", string? tier = null) => new(id, null, [], [], tier, null);

    /// <summary>Makes active checks believe that the instance is down, or up again.</summary>
    public static void Health(BackendService service, int instance, HealthStatus status)
    {
        while (service.Instances[instance].Health.Status != status)
        {
            service.RecordCheck(service.Instances[instance], status == HealthStatus.Healthy ? null : "down");
        }
    }

    /// <summary>Begins an attempt, as selection does.</summary>
    public static void Attempt(GatewayContext context, BackendService service, int instance = 0)
    {
        ServiceInstance chosen = service.Instances[instance];
        chosen.Limit.TryEnter().Should().BeTrue();
        chosen.Breaker.TryEnter(out CircuitPass pass).Should().BeTrue();
        context.Service = service;
        context.BeginAttempt(chosen, pass, TimeProvider.System.GetTimestamp());
    }

    /// <summary>Opens the instance's circuit.</summary>
    public static void OpenCircuit(ServiceInstance instance)
    {
        while (instance.Breaker.State == CircuitState.Closed)
        {
            instance.Breaker.TryEnter(out CircuitPass pass);
            instance.Breaker.Record(pass, AttemptResult.Failure);
        }
    }

    /// <summary>Runs the same work on several threads of its own at once, and waits for all.</summary>
    public static async Task OnThreads(int threads, Action<int> work)
    {
        using var start = new Barrier(threads);
        await Task.WhenAll(Enumerable.Range(0, threads).Select(number => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                work(number);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }
}
