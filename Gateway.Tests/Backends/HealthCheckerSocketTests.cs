using System.Net;
using System.Net.Sockets;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

/// <summary>The invoker that the gateway uses, on real sockets.</summary>
public sealed class HealthCheckerSocketTests
{
    private static readonly HealthCheckOptions Options = new() { Path = "/health?deep=1", FastInterval = TimeSpan.FromSeconds(20) };

    private readonly ObservedClock _clock = new(Options.Timeout);

    [Fact]
    public async Task Instance_SeesAPlainGet()
    {
        using var instance = new OneAnswer();
        string? request = null;

        string? failure = await CheckAsync(instance.Address, async () => request = await instance.AnswerAsync());

        failure.Should().BeNull();
        request.Should().Be($"GET /health?deep=1 HTTP/1.1\r\nHost: {instance.Address}\r\nUser-Agent: gateway-health\r\n\r\n");
    }

    [Fact]
    public async Task ClosedPort_IsARefusedConnection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string address = listener.LocalEndpoint.ToString()!;
        listener.Stop();

        (await CheckAsync(address, static () => Task.CompletedTask)).Should().Be("connection refused");
    }

    /// <summary>Makes one check of the address; what went wrong.</summary>
    private async Task<string?> CheckAsync(string address, Func<Task> meanwhile)
    {
        BackendService service = Given.Service(
            new ServiceOptions { Instances = [new() { Url = $"http://{address}" }], HealthCheck = Options }, _clock);
        await using var hosts = new HostResolver(
            new DnsOptions(), static (_, _) => throw new InvalidOperationException("An IP address needs no look-up."), _clock, static _ => { });
        using HttpMessageInvoker invoker = HealthChecker.CreateInvoker(hosts);
        await using var checker = new HealthChecker(service, invoker, _clock);
        checker.Start();
        await _clock.NextDelayAsync();
        _clock.AdvanceToTheNext();
        await meanwhile();
        await _clock.NextDelayAsync();
        return service.Instances[0].Health.LastFailure;
    }
}
