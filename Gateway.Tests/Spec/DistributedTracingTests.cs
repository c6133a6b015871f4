using Gateway.Tests.Kit;

namespace Gateway.Tests.Spec;

public sealed class DistributedTracingTests : IAsyncLifetime
{
    private TestInstance _service = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartEchoAsync();
        _gateway = await TestGateway.StartAsync(TestOptions.For(_service.Url));
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task CorrelationId_OfTheClientReachesServiceAnswerAndLog()
    {
        using HttpResponseMessage response = await _gateway.GetAsync("/", ("X-Correlation-ID", "order-4711"));

        response.Headers.GetValues("X-Correlation-ID").Should().Equal("order-4711");
        (await response.Content.ReadAsStringAsync()).Should().Contain("X-Correlation-ID: order-4711");
        (await _gateway.LogLineAsync("order-4711")).GetProperty("path").GetString().Should().Be("/");
    }

    [Fact]
    public async Task MissingCorrelationId_IsMadeAndEachIsAnother()
    {
        using HttpResponseMessage one = await _gateway.GetAsync("/");
        using HttpResponseMessage two = await _gateway.GetAsync("/");

        string id = one.Headers.GetValues("X-Correlation-ID").Single();
        id.Should().MatchRegex("^[A-Za-z0-9._-]{16,128}$");
        (await one.Content.ReadAsStringAsync()).Should().Contain($"X-Correlation-ID: {id}");
        two.Headers.GetValues("X-Correlation-ID").Should().NotEqual([id]);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("<script>")]
    [InlineData("a\"}")]
    [InlineData("a,b")]
    public async Task UncheckedCorrelationId_IsReplacedEverywhere(string sent)
    {
        using HttpResponseMessage response = await _gateway.GetAsync("/", ("X-Correlation-ID", sent));

        string id = response.Headers.GetValues("X-Correlation-ID").Single();
        id.Should().NotBe(sent).And.MatchRegex("^[0-9a-f]{32}$");
        (await response.Content.ReadAsStringAsync()).Should().Contain($"X-Correlation-ID: {id}").And.NotContain($"X-Correlation-ID: {sent}");
    }

    [Fact]
    public async Task Refusal_CarriesTheIdInHeaderAndBody()
    {
        using HttpResponseMessage response = await _gateway.GetAsync("/a%5cb", ("X-Correlation-ID", "refused-1"));

        response.Headers.GetValues("X-Correlation-ID").Should().Equal("refused-1");
        (await response.Content.ReadAsStringAsync()).Should().Contain("\"correlation_id\":\"refused-1\"");
    }
}
