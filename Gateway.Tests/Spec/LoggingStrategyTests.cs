using System.Text.Json;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Spec;

public sealed class LoggingStrategyTests : IAsyncLifetime
{
    private TestInstance _service = null!;
    private TestAuthService _auth = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartEchoAsync();
        _auth = await TestAuthService.StartAsync();
        _gateway = await TestGateway.StartAsync(TestOptions.For(_service.Url).WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required }) with
        {
            Auth = new AuthOptions { ServiceUrl = _auth.Url },
        });
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _auth.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task Entry_BeginsWithTheSpecsFieldsInItsOrderAndTypes()
    {
        using HttpResponseMessage response = await _gateway.GetAsync(
            "/a?token=secret", ("Authorization", "Bearer alice"), ("User-Agent", "spec/1"), ("X-Correlation-ID", "known"));
        JsonElement line = await _gateway.LogLineAsync("known");

        line.EnumerateObject().Take(11).Select(static field => (field.Name, field.Value.ValueKind)).Should().Equal(
            ("timestamp", JsonValueKind.String), ("level", JsonValueKind.String), ("correlation_id", JsonValueKind.String),
            ("method", JsonValueKind.String), ("path", JsonValueKind.String), ("user_id", JsonValueKind.String),
            ("backend_service", JsonValueKind.String), ("response_time_ms", JsonValueKind.Number), ("status_code", JsonValueKind.Number),
            ("user_agent", JsonValueKind.String), ("client_ip", JsonValueKind.String));
        line.GetProperty("user_id").GetString().Should().Be("alice");
        line.GetProperty("path").GetString().Should().Be("/a", "queries may hold secrets");
    }

    [Fact]
    public async Task Refusal_IsAnEntryWithItsErrorAndWithoutAUser()
    {
        using HttpResponseMessage response = await _gateway.GetAsync("/a", ("X-Correlation-ID", "nobody"));
        JsonElement line = await _gateway.LogLineAsync("nobody");

        line.GetProperty("error").GetString().Should().Be("token_missing");
        line.GetProperty("status_code").GetInt32().Should().Be(401);
        line.TryGetProperty("user_id", out _).Should().BeFalse("empty fields that the spec omits are omitted");
    }

    [Fact]
    public async Task EachRequest_IsOneEntry()
    {
        foreach (string id in new[] { "one", "two", "three" })
        {
            (await _gateway.GetAsync("/", ("X-Correlation-ID", id))).Dispose();
            await _gateway.LogLineAsync(id);
        }

        _gateway.LogLines.Count(static line => line.TryGetProperty("correlation_id", out _)).Should().Be(3);
    }
}
