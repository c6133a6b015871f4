using Gateway.Core.Serving;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Serving;

public sealed class RefusalProviderTests
{
    [Fact]
    public void OnlyTheServersHttp2Log_IsListenedTo()
    {
        using var provider = new RefusalProvider(new Http2Refusals(static _ => { }));

        provider.CreateLogger(Http2Refusals.Category).IsEnabled(LogLevel.Debug).Should().BeTrue();
        provider.CreateLogger("Microsoft.AspNetCore.Server.Kestrel").Should().BeSameAs(NullLogger.Instance);
    }
}
