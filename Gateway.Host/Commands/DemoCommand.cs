using Gateway.Host.Configuration;
using Gateway.Host.Demo;
using Gateway.Host.Serving;

namespace Gateway.Host.Commands;

/// <summary><c>gateway demo</c>: the gateway, the seven services of the specification, a gRPC echo and a WebSocket service, in one process.</summary>
internal static class DemoCommand
{
    private const string TokenFile = "operator-token";

    /// <param name="ports">The specification's, or any that are free.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(DemoPorts ports)
    {
        await using var services = new DemoServices(TimeProvider.System);
        try
        {
            await services.StartAsync(ports, CancellationToken.None);
        }
        catch (DemoException failure)
        {
            await Console.Error.WriteLineAsync($"gateway: {failure.Message}");
            return CommandLine.CouldNotStart;
        }

        string directory = Directory.CreateTempSubdirectory("gateway-demo-").FullName;
        try
        {
            LoadedConfiguration loaded = Load(ports, services, directory);
            if (loaded.Configuration is not { } configuration)
            {
                ConfigurationReport.Write(loaded, Console.Error);
                return CommandLine.BadConfiguration;
            }

            return await RunCommand.ServeAsync(configuration, server => Announce(server, services));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Loads the embedded file as <c>run</c> would load a user's, so that it may be copied with trust.</summary>
    private static LoadedConfiguration Load(DemoPorts ports, DemoServices services, string directory)
    {
        List<KeyValuePair<string, string>> overrides = [.. DemoConfiguration.Overrides(services.Ports)];
        if (ports == DemoPorts.Any)
        {
            overrides.Add(new("Kestrel:Endpoints:Public:Url", "http://127.0.0.1:0"));
            overrides.Add(new("Kestrel:Endpoints:PublicHttp2:Url", "http://127.0.0.1:0"));
            overrides.Add(new("Gateway:Admin:Url", "http://127.0.0.1:0"));
        }

        overrides.Add(new("Gateway:Admin:TokenFile", TokenFile));
        File.WriteAllText(Path.Combine(directory, TokenFile), DemoConfiguration.OperatorToken);
        File.WriteAllText(Path.Combine(directory, DemoConfiguration.FileName), DemoConfiguration.Json);
        return ConfigurationLoader.Load(new ConfigurationInputs(
            [DemoConfiguration.FileName],
            new Dictionary<string, string>(),
            [.. overrides.Select(static one => SetOption.Parse($"{one.Key}={one.Value}", out _)!)])
        {
            Directory = directory,
        });
    }

    private static void Announce(GatewayServer server, DemoServices services)
    {
        Console.Out.WriteLine(DemoGuide.Text(server.PublicAddresses[0].Port, server.PublicAddresses[1].Port, server.AdminAddress.Port, services.Ports));
        Console.Out.Flush();
    }
}
