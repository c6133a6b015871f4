using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Core.Serving;

/// <summary>Listens to the server's log for <see cref="Http2Refusals"/> where the application makes the loggers; writes nothing.</summary>
[ProviderAlias("GatewayRefusals")]
internal sealed class RefusalProvider(Http2Refusals refusals) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) =>
        categoryName == Http2Refusals.Category ? refusals.Listener(NullLogger.Instance) : NullLogger.Instance;

    public void Dispose()
    {
        // It holds nothing.
    }
}
