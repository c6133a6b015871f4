using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Host.Serving;

/// <summary>An ASP.NET Core application with Kestrel and nothing else: no configuration sources, no signals, no default middleware.</summary>
internal static class EmptyApplication
{
    public static WebApplicationBuilder CreateBuilder(ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.Replace(ServiceDescriptor.Singleton(loggers));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();

        // Whoever starts the application decides when it stops; the host must not listen for signals of its own.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        return builder;
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
