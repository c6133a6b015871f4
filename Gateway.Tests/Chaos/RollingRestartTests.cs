using System.Net;
using System.Text.RegularExpressions;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Chaos;

/// <summary>The next gateway starts beside the one that serves, on the same port, and takes its place.</summary>
public sealed class RollingRestartTests
{
    private const int Restarts = 3;

    [Fact]
    public async Task RestartsUnderSteadyLoad_LoseNoRequest()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        using var files = new ConfigurationFiles();
        files.Write("gateway.json", $$"""
            {
              "Kestrel": { "Endpoints": { "Public": { "Url": "http://127.0.0.1:0" } } },
              "Gateway": {
                "ReusePort": true,
                "Admin": { "Url": "http://127.0.0.1:0" },
                "Services": { "svc": { "Instances": [ { "Url": "{{service.Url}}" } ] } },
                "Routes": { "all": { "Pattern": "/{**rest}", "Service": "svc", "Auth": "Anonymous" } },
                "Shutdown": { "DrainDelay": "00:00:01" }
              }
            }
            """);
        GatewayProcess serving = GatewayProcess.Start(files.Root, "run", "--config", "gateway.json");
        (Uri address, _) = await serving.ServingAsync();
        int logged = 0;

        // Closed by the last process at the earliest: then the port is nobody's.
        await using var load = new SteadyLoad(address.Port, keepAlive: 2, oncePerConnection: 2);
        try
        {
            for (int i = 0; i < Restarts; i++)
            {
                await load.ServeMoreAsync(200);
                GatewayProcess leaving = serving;
                serving = GatewayProcess.Start(files.Root, "run", "--config", "gateway.json", "--set", $"Kestrel:Endpoints:Public:Url={address}");
                await using (leaving)
                {
                    (_, Uri admin) = await serving.ServingAsync();
                    await ExpectReadyAsync(admin);
                    await leaving.TerminateAsync();
                    logged += await EndAsync(leaving);
                }
            }

            await load.ServeMoreAsync(200);
            await load.StopAsync();
            await serving.TerminateAsync();
            logged += await EndAsync(serving);
        }
        finally
        {
            await serving.DisposeAsync();
        }

        load.Failures.Should().BeEmpty();
        logged.Should().Be(load.Served, "each request was served by one of the processes, once");
    }

    private static async Task ExpectReadyAsync(Uri admin)
    {
        using HttpMessageInvoker client = TestGateway.NewClient();
        using HttpResponseMessage ready = await client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, new Uri(admin, "/health/ready")), CancellationToken.None);
        ready.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    /// <summary>Requests of the load that the process logged.</summary>
    private static async Task<int> EndAsync(GatewayProcess process)
    {
        (int code, string output, string errors) = await process.EndAsync();
        code.Should().Be(0);
        errors.Should().NotContain("\n   at ");
        return Regex.Count(output, $"\"correlation_id\":\"{SteadyLoad.CorrelationId}\"");
    }
}
