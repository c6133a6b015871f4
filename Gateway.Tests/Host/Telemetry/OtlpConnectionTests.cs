using Gateway.Host.Telemetry;
using Gateway.Tests.Kit;
using OpenTelemetry.Exporter;

namespace Gateway.Tests.Host.Telemetry;

public sealed class OtlpConnectionTests
{
    [Theory]
    [InlineData("http://c:4317", OtlpProtocol.Grpc, "http://c:4317/")]
    [InlineData("http://c:4318", OtlpProtocol.HttpProtobuf, "http://c:4318/v1/traces")]
    [InlineData("https://c/otlp/", OtlpProtocol.HttpProtobuf, "https://c/otlp/v1/traces")]
    internal void Exporter_SendsToThePathOfItsSignal(string endpoint, OtlpProtocol protocol, string address)
    {
        OtlpExporterOptions exporter = new OtlpConnection(
            new OtlpOptions { Endpoint = endpoint, Protocol = protocol, Timeout = TimeSpan.FromSeconds(3) }).ToExporter("traces");

        exporter.Endpoint.ToString().Should().Be(address);
        exporter.Protocol.ToString().Should().Be(protocol.ToString());
        (exporter.TimeoutMilliseconds, exporter.Headers).Should().Be((3_000, ""));
    }

    [Fact]
    public async Task Answer_IsAFailureUnlessItIs200()
    {
        int status = 503;
        await using TestInstance receiver = await TestInstance.StartAsync(http =>
        {
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        var connection = new OtlpConnection(new OtlpOptions { Endpoint = receiver.Url });
        using HttpMessageInvoker client = connection.ToExporter("traces").HttpClientFactory();
        connection.Failure.Should().BeNull();

        await PostAsync(client, receiver.Url);
        connection.Failure.Should().Be("it answers 503");
        status = 200;
        await PostAsync(client, receiver.Url);
        connection.Failure.Should().BeNull();
    }

    [Fact]
    public async Task NoAnswer_IsAFailureInWords()
    {
        string url = ScriptedInstance.UnusedUrl();
        var connection = new OtlpConnection(new OtlpOptions { Endpoint = url });
        using HttpMessageInvoker client = connection.ToExporter("traces").HttpClientFactory();

        await FluentActions.Awaiting(() => PostAsync(client, url)).Should().ThrowAsync<HttpRequestException>();
        connection.Failure.Should().Contain("refused");
        FluentActions.Invoking(() => client.Send(new HttpRequestMessage(HttpMethod.Post, url), CancellationToken.None)).Should().Throw<HttpRequestException>();
        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        await FluentActions.Awaiting(() => client.SendAsync(new HttpRequestMessage(HttpMethod.Post, url), over.Token)).Should().ThrowAsync<OperationCanceledException>();
    }

    private static async Task PostAsync(HttpMessageInvoker client, string url) =>
        (await client.SendAsync(new HttpRequestMessage(HttpMethod.Post, url), CancellationToken.None)).Dispose();
}
