using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Demo;

public sealed class DemoConfigurationTests
{
    [Fact]
    public void EveryKey_IsKnownAndEveryValueValid() => Options().Validate().Should().BeEmpty();

    [Fact]
    public void Services_AreOnTheirFixedPorts()
    {
        var ports = Options().Services.ToDictionary(
            static service => service.Key,
            static service => new Uri(service.Value.Instances.Single().Url).Port);
        ports.Should().BeEquivalentTo(DemoServices.FixedPorts);
    }

    [Fact]
    public void AnOutageOf8Seconds_ShowsTheBreakerAndNotTheHealthCheck()
    {
        foreach (Core.Backends.ServiceOptions service in Options().Services.Values)
        {
            service.CircuitBreaker.FailureThreshold.Should().Be(5);
            service.CircuitBreaker.Timeout.Should().BeLessThan(TimeSpan.FromSeconds(8));
            (service.HealthCheck!.Interval * (service.HealthCheck.Fall - 1)).Should().BeGreaterThan(TimeSpan.FromSeconds(8));
        }
    }

    [Fact]
    public void Everything_ButLoginAndReadingProducts_NeedsAUser()
    {
        GatewayOptions options = Options();
        options.Routes.Where(static route => route.Value.Auth != RouteAuth.Required).Select(static route => route.Key)
            .Should().BeEquivalentTo("auth", "products");
        options.Auth.Mode.Should().Be(AuthMode.AuthService);
        options.Auth.SkipPaths.Should().Equal("/api/auth/**");
    }

    [Fact]
    public async Task Overrides_LeadToThePortsThatAreListenedOn()
    {
        await using var services = new DemoServices(TimeProvider.System);
        await services.StartAsync(DemoPorts.Any, CancellationToken.None);
        GatewayOptions options = Options(DemoConfiguration.Overrides(services.Ports));
        options.Validate().Should().BeEmpty();
        options.Services.Should().HaveCount(9).And.OnlyContain(service =>
            new Uri(service.Value.Instances.Single().Url).Port == services.Ports[service.Key]);
        new Uri(options.Auth.ServiceUrl!).Port.Should().Be(services.Ports["auth"]);
    }

    /// <summary>Loaded as the product loads it: unknown keys and bad values are problems.</summary>
    internal static GatewayOptions Options(IEnumerable<KeyValuePair<string, string>>? overrides = null) => ConfigurationFiles.Load(
        DemoConfiguration.Json, [.. (overrides ?? []).Select(static one => $"{one.Key}={one.Value}")]).Configuration!.Gateway;
}
