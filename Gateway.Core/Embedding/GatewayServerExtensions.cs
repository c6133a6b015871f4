using System.Diagnostics;
using Gateway.Core;
using Gateway.Core.Serving;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>The server below an embedded gateway.</summary>
public static class GatewayServerExtensions
{
    /// <summary>Sets Kestrel up as the gateway's behaviour on the wire needs it: headers byte for byte, strict request lines, connections that
    /// survive a half close, and refusals by the server itself in the gateway's log and metrics. It counts for the whole application. Addresses,
    /// certificates and Kestrel's limits stay the application's. Uses <see cref="KestrelServerOptions.ConfigureEndpointDefaults"/>, which holds
    /// one action: an application that calls it later undoes that part. Goes with <c>AddGateway</c>: without it the server's refusals are neither
    /// logged nor counted.</summary>
    /// <param name="web">The application's server, which has to be Kestrel on sockets.</param>
    public static IWebHostBuilder UseGatewayServer(this IWebHostBuilder web)
    {
        ArgumentNullException.ThrowIfNull(web);
        AppContext.SetSwitch(ServerSettings.StrictLines, true);
        web.ConfigureServices(static services =>
        {
            services.TryAddSingleton(static provider =>
                new Http2Refusals(request => provider.GetService<GatewayPipeline>()?.RecordServerRefusal(request)));
            services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoggerProvider, RefusalProvider>());
            services.AddLogging(static logging => logging.AddFilter<RefusalProvider>(static (category, level) =>
                category == Http2Refusals.Category && level == LogLevel.Debug));
            services.Replace(ServiceDescriptor.Singleton<DiagnosticSource>(static provider => new ServerRefusals(
                request => provider.GetService<GatewayPipeline>()?.RecordServerRefusal(request),
                provider.GetService<DiagnosticListener>())));
            services.Configure<SocketTransportOptions>(ServerSettings.Tune);
            services.Configure<KestrelServerOptions>(static kestrel =>
            {
                ServerSettings.Tune(kestrel);
                Http2Refusals refusals = kestrel.ApplicationServices.GetRequiredService<Http2Refusals>();
                kestrel.ConfigureEndpointDefaults(endpoint => ServerSettings.Tune(endpoint, refusals));
            });
        });
        return web;
    }
}
