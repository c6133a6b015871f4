using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Embedding;

/// <summary>The gateway's life within an application's: begun before anything of it serves, drained before anything of it ends.</summary>
/// <param name="services">The application's; asked for the pipeline when it starts, so that wrong options fail there.</param>
/// <param name="lifetime">The application's.</param>
/// <param name="clock">For the delays.</param>
/// <param name="log">Gets the events.</param>
internal sealed class EmbeddedGateway(IServiceProvider services, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger log)
    : IHostedLifecycleService, IAsyncDisposable
{
    private ConfigurationFollower? _follower;
    private bool _isBegun;
    private bool _isEnding;
    private CancellationTokenRegistration _stopping;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isBegun, true))
        {
            return Task.CompletedTask;
        }

        // Before the configuration is read: no change is to fall between the two.
        EmbeddedOptions options = services.GetRequiredService<EmbeddedOptions>();
        _follower = options.Changes is null ? null : new ConfigurationFollower(options.Changes, log, clock);
        GatewayPipeline pipeline = services.GetRequiredService<GatewayPipeline>();
        pipeline.Start();
        _follower?.Start(() => pipeline.ReloadAsync(options.Read(services)));
        _stopping = lifetime.ApplicationStopping.Register(pipeline.StartDraining);
        return Task.CompletedTask;
    }

    /// <summary>The older hosts (<c>WebHostBuilder</c>) know of no other beginning, nor of another end than <see cref="StopAsync"/>.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => StartingAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs before the server closes its listener.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isEnding, true))
        {
            return;
        }

        GatewayPipeline pipeline = services.GetRequiredService<GatewayPipeline>();
        TimeSpan delay = pipeline.Parts.Options.Shutdown.DrainDelay;
        pipeline.StartDraining();
        EmbeddingLog.Draining(log, delay);
        if (_follower is not null)
        {
            await _follower.StopAsync(cancellationToken);
        }

        await Task.Delay(delay, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        pipeline.CloseWebSockets();
    }

    public Task StopAsync(CancellationToken cancellationToken) => StoppingAsync(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stopping.DisposeAsync();
        if (_follower is not null)
        {
            await _follower.DisposeAsync();
        }
    }
}
