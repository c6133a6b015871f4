using Gateway.Core.Responses;
using Serilog;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Sinks.Async;

namespace Gateway.Host.Logging;

/// <summary>
/// The process's log: Serilog, set up in code, over a bounded queue to standard output. A stalled output drops lines and counts them;
/// it never stalls a request. Safe from any thread.
/// </summary>
internal sealed class HostLog : IAsyncLogEventSinkMonitor, IAsyncDisposable
{
    /// <summary>Lines that wait for standard output at the most: more than a second at the spec's 10,000 requests a second;
    /// some 20 MB, and at worst 100 MB with the longest paths and agents that an entry may have.</summary>
    private const int QueueLength = 16_384;

    /// <summary>How long leaving may wait for standard output to take what is queued.</summary>
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    private static readonly MessageTemplate NoTemplate = new([]);

    private readonly Logger _logger;
    private readonly TimeProvider _clock;
    private IAsyncLogEventSinkInspector? _queue;
    private int _saidTrouble;

    /// <param name="writer">Where lines go; null for standard output.</param>
    /// <param name="clock">Bounds the wait at the end.</param>
    /// <param name="minimum">Events of the gateway below this level are not written; access lines always are.</param>
    public HostLog(ILogEventSink? writer, TimeProvider clock, LogEventLevel minimum = LogEventLevel.Information)
    {
        _clock = clock;
        _logger = new LoggerConfiguration()
            .MinimumLevel.Is(minimum)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)

            // Says with a stack trace what the command says in a sentence.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LevelAlias.Off)
            .WriteTo.Async(
                sinks =>
                {
                    if (writer is null)
                    {
                        sinks.Console(new JsonLineFormatter());
                    }
                    else
                    {
                        sinks.Sink(writer);
                    }
                },
                QueueLength,
                blockWhenFull: false,
                monitor: this)
            .CreateLogger();
        Loggers = new SerilogLoggerFactory(_logger);
        SelfLog.Enable(SayOnce);
    }

    /// <summary>For the libraries that log through Microsoft.Extensions.Logging.</summary>
    public ILoggerFactory Loggers { get; }

    /// <summary>Lines dropped because standard output did not take them.</summary>
    public long Dropped => _queue?.DroppedMessagesCount ?? 0;

    public void Write(AccessLogEntry entry)
    {
        LogEventLevel level = entry.Level switch
        {
            LogLevel.Warning => LogEventLevel.Warning,
            LogLevel.Error => LogEventLevel.Error,
            _ => LogEventLevel.Information,
        };
        _logger.Write(new LogEvent(
            entry.Timestamp, level, null, NoTemplate, [new LogEventProperty(JsonLineFormatter.EntryProperty, new ScalarValue(entry))]));
    }

    /// <summary>Writes out what is queued, within a bound, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _logger.DisposeAsync().AsTask().WaitAsync(FlushTimeout, _clock);
        }
        catch (TimeoutException)
        {
            // Standard output does not move; leaving matters more.
        }
    }

    /// <summary>
    /// Serilog's own troubles: said once, and never on the caller's thread, since it is told of every dropped line on the request's,
    /// and standard error may stand as still as standard output.
    /// </summary>
    private void SayOnce(string trouble)
    {
        if (Interlocked.Exchange(ref _saidTrouble, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static trouble => Console.Error.WriteLine($"gateway: the log: {trouble}"), trouble, preferLocal: false);
        }
    }

    void IAsyncLogEventSinkMonitor.StartMonitoring(IAsyncLogEventSinkInspector inspector) => _queue = inspector;

    void IAsyncLogEventSinkMonitor.StopMonitoring(IAsyncLogEventSinkInspector inspector)
    {
    }
}
