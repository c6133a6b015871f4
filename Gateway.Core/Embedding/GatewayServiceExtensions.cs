using Gateway.Core;
using Gateway.Core.Configuration;
using Gateway.Core.Embedding;
using Gateway.Core.Errors;
using Gateway.Core.Responses;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// The gateway as a service of an application: one <see cref="GatewayPipeline"/>, begun before the server accepts requests and drained before it
/// closes. It takes from the container, where they are registered, <see cref="ILoggerFactory"/>, <see cref="TimeProvider"/>,
/// <see cref="GatewayExtensions"/> and <see cref="AccessLog"/>; without the last, each finished request is one line of the category
/// <c>Gateway.Access</c>. Configuration that cannot be used stops the application's start with a <see cref="GatewayOptionsException"/>.
/// When the application stops, it serves on for <c>Shutdown:DrainDelay</c> and then asks WebSockets to end; how long requests under way have
/// is the host's <c>ShutdownTimeout</c>, which includes that delay, and not <c>Shutdown:DrainTimeout</c>.
/// </summary>
public static class GatewayServiceExtensions
{
    /// <summary>With options from configuration, read when the application starts, and again when it tells of a change: 250 ms after the last of
    /// several, one at a time. A change that cannot be used changes nothing and is logged with all its errors.</summary>
    /// <param name="services">The application's.</param>
    /// <param name="configuration">The section; or a whole configuration, of which the section <c>Gateway</c> is taken.</param>
    /// <exception cref="InvalidOperationException">There is a gateway already.</exception>
    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, new EmbeddedOptions(
            provider => SectionReader.Bind(configuration, provider.GetService<IConfiguration>() as IConfigurationRoot, provider.GetService<GatewayExtensions>()),
            SectionReader.SectionOf(configuration).GetReloadToken));
    }

    /// <summary>With these options.</summary>
    /// <param name="services">The application's.</param>
    /// <param name="options">Validated when the application starts.</param>
    /// <exception cref="InvalidOperationException">There is a gateway already.</exception>
    public static IServiceCollection AddGateway(this IServiceCollection services, GatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return services.AddGateway(_ => options);
    }

    /// <summary>With options that other services help to make.</summary>
    /// <param name="services">The application's.</param>
    /// <param name="options">Called once, when the application starts.</param>
    /// <exception cref="InvalidOperationException">There is a gateway already.</exception>
    public static IServiceCollection AddGateway(this IServiceCollection services, Func<IServiceProvider, GatewayOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Add(services, new EmbeddedOptions(options, Changes: null));
    }

    private static IServiceCollection Add(IServiceCollection services, EmbeddedOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(static service => service.ServiceType == typeof(GatewayPipeline)))
        {
            throw new InvalidOperationException("AddGateway has been called already; an application has one gateway.");
        }

        services.AddSingleton(options);
        services.AddSingleton(static provider =>
        {
            ILoggerFactory? loggers = provider.GetService<ILoggerFactory>();
            return new GatewayPipeline(
                provider.GetRequiredService<EmbeddedOptions>().Read(provider),
                loggers,
                provider.GetService<AccessLog>() ?? (loggers is null ? null : AccessLogger.To(loggers)),
                provider.GetService<TimeProvider>(),
                provider.GetService<GatewayExtensions>());
        });
        services.AddSingleton<IHostedService>(static provider => new EmbeddedGateway(
            provider, provider.GetRequiredService<IHostApplicationLifetime>(), provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Gateway")));
        return services;
    }
}
