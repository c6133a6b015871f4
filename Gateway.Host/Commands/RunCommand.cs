using System.Runtime.InteropServices;
using Gateway.Core.Configuration;
using Gateway.Host.Configuration;
using Gateway.Host.Logging;
using Gateway.Host.Serving;

namespace Gateway.Host.Commands;

/// <summary><c>gateway run</c>: serves until it is asked to leave.</summary>
internal static class RunCommand
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(ConfigurationInputs inputs)
    {
        string fingerprint = ConfigurationFingerprint.Of(inputs);
        LoadedConfiguration loaded = ConfigurationLoader.Load(inputs);
        ConfigurationReport.Write(loaded, Console.Error);
        return loaded.Configuration is { } configuration
            ? await ServeAsync(configuration, static _ => { }, (server, log) => new ConfigurationReloader(
                inputs, configuration, fingerprint, server.ApplyAsync, server.Reloads, log, Console.Error, TimeProvider.System))
            : CommandLine.BadConfiguration;
    }

    /// <summary>Starts a gateway, and stops it at the first signal.</summary>
    /// <param name="configuration">What it serves by.</param>
    /// <param name="started">Told once it serves.</param>
    /// <param name="reloader">Makes what puts later configurations in force; null when there will be none.</param>
    public static async Task<int> ServeAsync(
        HostConfiguration configuration, Action<GatewayServer> started, Func<GatewayServer, ILogger, ConfigurationReloader>? reloader = null)
    {
        using var signals = new ShutdownSignals();
        await using var log = new HostLog(null, TimeProvider.System);
        GatewayServer server;
        try
        {
            server = await GatewayServer.StartAsync(configuration, log, TimeProvider.System);
        }
        catch (ServerStartException failure)
        {
            await Console.Error.WriteLineAsync(new ConfigurationProblem(configuration.OriginOf(failure.Key), failure.Message).ToString());
            return CommandLine.CouldNotStart;
        }

        await using (server)
        {
            ServerLog.Started(log.Loggers.CreateLogger("Gateway"), string.Join(", ", server.PublicAddresses), server.AdminAddress.ToString());
            started(server);
            await using (ConfigurationReloader? reloads = reloader?.Invoke(server, log.Loggers.CreateLogger("Gateway")))
            {
                using PosixSignalRegistration? hangup = reloads is null ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
                {
                    signal.Cancel = true;
                    _ = reloads.ReloadAsync();
                });
                server.Reload = reloads is null ? null : reloads.ReloadAsync;
                reloads?.Start();
                await signals.First;
                await server.StopAsync(signals.Second);
                server.Reload = null;
            }
        }

        return CommandLine.Fine;
    }
}
