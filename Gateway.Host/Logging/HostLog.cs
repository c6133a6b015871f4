using Gateway.Core.Responses;
using Microsoft.Extensions.ObjectPool;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace Gateway.Host.Logging;

/// <summary>
/// The process's log: Serilog, set up in code, over a bounded buffer to standard output. A stalled or broken output drops lines and
/// counts them; it never stalls a request. Safe from any thread.
/// </summary>
internal sealed class HostLog : IAsyncDisposable
{
    /// <summary>How long leaving may wait for standard output to take what is left.</summary>
    internal static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    /// <summary>As many as write at a time: an event is done with when it has been written, since the one sink makes its line at once.</summary>
    private readonly DefaultObjectPool<AccessLogEvent> _events = new(new DefaultPooledObjectPolicy<AccessLogEvent>());

    private readonly Logger _logger;
    private readonly LogOutput _output;
    private readonly TimeProvider _clock;

    /// <param name="output">Where lines go; null for standard output.</param>
    /// <param name="clock">Bounds the wait at the end.</param>
    /// <param name="complaints">Told once, in a sentence, when lines cannot be written; null for standard error.</param>
    public HostLog(Stream? output, TimeProvider clock, TextWriter? complaints = null)
    {
        (_clock, _output) = (clock, new LogOutput(output ?? Console.OpenStandardOutput(), complaints ?? Console.Error));
        _logger = new LoggerConfiguration()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)

            // It logs a failed start with its stack; whoever starts the gateway is told why in a sentence instead.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LevelAlias.Off)

            // Merely by being on it makes an Activity and a log scope for each request, which nothing here reads: 0.5 KB that a WebSocket
            // would keep for hours. What an application lets escape, Kestrel logs as well.
            .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)
            .WriteTo.Sink(new Sink(_output))
            .CreateLogger();
        Loggers = new SerilogLoggerFactory(_logger);
    }

    /// <summary>For the libraries that log through Microsoft.Extensions.Logging.</summary>
    public ILoggerFactory Loggers { get; }

    /// <summary>Lines dropped because standard output did not take them.</summary>
    public long Dropped => _output.Dropped;

    /// <summary>Logs a finished request. Allocates nothing, unless a text has to be escaped.</summary>
    public void Write(in AccessLogEntry entry)
    {
        AccessLogEvent access = _events.Get();
        access.Entry = entry;
        _logger.Write(access.Of(entry.Level));
        access.Entry = default;
        _events.Return(access);
    }

    /// <summary>Writes out what is left, within a bound, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _logger.DisposeAsync();
        try
        {
            await _output.CloseAsync().WaitAsync(FlushTimeout, _clock);
        }
        catch (TimeoutException)
        {
            // Standard output does not move; leaving matters more.
        }
    }

    /// <summary>Makes lines of events, on the thread that has the event.</summary>
    private sealed class Sink(LogOutput output) : ILogEventSink
    {
        public void Emit(LogEvent logEvent)
        {
            if (logEvent is AccessLogEvent.OfLevel access)
            {
                output.Write(access.Format());
                return;
            }

            output.Write(LogLine.Format(logEvent));
        }
    }
}
