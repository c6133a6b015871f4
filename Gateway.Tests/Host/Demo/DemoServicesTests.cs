using Gateway.Host.Demo;

namespace Gateway.Tests.Host.Demo;

public sealed class DemoServicesTests
{
    [Fact]
    public void FixedPorts_AreTheSpecsAndTwoBesideThem() => DemoServices.FixedPorts.Should().BeEquivalentTo(new Dictionary<string, int>
    {
        ["auth"] = 8001,
        ["profile"] = 8002,
        ["product"] = 8004,
        ["cart"] = 8007,
        ["order"] = 8008,
        ["payment"] = 8009,
        ["notify"] = 8011,
        ["echo"] = 8021,
        ["socket"] = 8022,
    });

    [Fact]
    public async Task AllServices_AnswerOnPortsOfTheirOwn()
    {
        await using var services = new DemoServices(TimeProvider.System);
        await services.StartAsync(DemoPorts.Any, CancellationToken.None);
        services.Ports.Keys.Should().BeEquivalentTo(DemoServices.FixedPorts.Keys);
        services.Ports.Values.Should().OnlyHaveUniqueItems().And.NotContain(0);

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }, disposeHandler: true);
        foreach ((string name, int port) in services.Ports)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/health")
            {
                Version = name == "echo" ? System.Net.HttpVersion.Version20 : System.Net.HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using HttpResponseMessage response = await client.SendAsync(request);
            (await response.Content.ReadAsStringAsync()).Should().Be("ok");
        }
    }

    [Fact]
    public async Task Disposed_NothingListens()
    {
        var services = new DemoServices(TimeProvider.System);
        await services.StartAsync(DemoPorts.Any, CancellationToken.None);
        int port = services.Ports["cart"];
        await services.DisposeAsync();
        services.Ports.Should().BeEmpty();

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }, disposeHandler: true);
        Func<Task> ask = () => client.GetAsync($"http://127.0.0.1:{port}/health");
        await ask.Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task GivenUpStart_LeavesNothingRunning()
    {
        await using var services = new DemoServices(TimeProvider.System);
        Func<Task> start = () => services.StartAsync(DemoPorts.Any, new CancellationToken(canceled: true));
        await start.Should().ThrowAsync<OperationCanceledException>();
        services.Ports.Should().BeEmpty();
    }
}
