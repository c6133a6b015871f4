using Gateway.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Host.Serving;

public sealed class EmptyApplicationTests
{
    [Fact]
    public async Task Configuration_ComesFromNowhere()
    {
        await using WebApplication app = EmptyApplication.CreateBuilder(NullLoggerFactory.Instance).Build();

        // What the framework itself writes down: names of this application and its folder.
        app.Configuration.AsEnumerable().Select(static entry => entry.Key)
            .Should().NotContain(["PATH", "URLS", "urls", "HTTP_PORTS"]);
    }

    [Fact]
    public async Task Lifetime_ListensForNoSignals()
    {
        await using WebApplication app = EmptyApplication.CreateBuilder(NullLoggerFactory.Instance).Build();

        IHostLifetime lifetime = app.Services.GetRequiredService<IHostLifetime>();

        lifetime.GetType().DeclaringType.Should().Be(typeof(EmptyApplication));
        await lifetime.WaitForStartAsync(CancellationToken.None);
        await lifetime.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Loggers_AreTheCallers()
    {
        using var loggers = new LoggerFactory();
        await using WebApplication app = EmptyApplication.CreateBuilder(loggers).Build();

        app.Services.GetServices<ILoggerFactory>().Should().Equal(loggers);
    }
}
