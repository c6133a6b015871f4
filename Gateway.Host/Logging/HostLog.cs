using Gateway.Core.Responses;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Sinks.Async;

namespace Gateway.Host.Logging;

/// <summary>
/// The process's log: Serilog, set up in code, over a bounded queue to standard output. A stalled or broken output drops lines and
/// counts them; it never stalls a request. Safe from any thread.
/// </summary>
internal sealed class HostLog : IAsyncLogEventSinkMonitor, ILoggingFailureListener, IAsyncDisposable
{
    /// <summary>Lines that wait for standard output at the most: more than a second at the spec's 10,000 requests a second;
    /// some 20 MB, and at worst 100 MB with the longest paths and agents that an entry may have.</summary>
    internal const int QueueLength = 16_384;

    /// <summary>How long leaving may wait for standard output to take what is queued.</summary>
    internal static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    private static readonly MessageTemplate NoTemplate = new([]);

    private readonly Serilog.ILogger _logger;
    private readonly Func<Task> _close;
    private readonly TimeProvider _clock;
    private readonly TextWriter _complaints;
    private IAsyncLogEventSinkInspector? _queue;
    private long _failed;

    /// <param name="writer">Where lines go; null for standard output.</param>
    /// <param name="clock">Bounds the wait at the end.</param>
    /// <param name="complaints">Told once, in a sentence, when lines cannot be written; null for standard error.</param>
    public HostLog(ILogEventSink? writer, TimeProvider clock, TextWriter? complaints = null)
    {
        (_clock, _complaints) = (clock, complaints ?? Console.Error);
        Logger logger = new LoggerConfiguration()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)

            // It logs a failed start with its stack; whoever starts the gateway is told why in a sentence instead.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LevelAlias.Off)

            // Merely by being on it makes an Activity and a log scope for each request, which nothing here reads: 0.5 KB that a WebSocket
            // would keep for hours. What an application lets escape, Kestrel logs as well.
            .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)
            .WriteTo.Async(
                sinks => sinks.Fallible(output => Direct(output, writer), this),
                QueueLength,
                blockWhenFull: false,
                monitor: this)
            .CreateLogger();
        (_logger, _close) = (logger, () => logger.DisposeAsync().AsTask());
        Loggers = new SerilogLoggerFactory(logger);
    }

    /// <summary>For the libraries that log through Microsoft.Extensions.Logging.</summary>
    public ILoggerFactory Loggers { get; }

    /// <summary>Lines dropped because standard output did not take them.</summary>
    public long Dropped => (_queue?.DroppedMessagesCount ?? 0) + Interlocked.Read(ref _failed);

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
            // On a thread of its own: the queue's sink may wait for its lines within the call, before there is a task to wait for.
            await Task.Run(_close).WaitAsync(FlushTimeout, _clock);
        }
        catch (TimeoutException)
        {
            // Standard output does not move; leaving matters more.
        }
    }

    void IAsyncLogEventSinkMonitor.StartMonitoring(IAsyncLogEventSinkInspector inspector) => _queue = inspector;

    void IAsyncLogEventSinkMonitor.StopMonitoring(IAsyncLogEventSinkInspector inspector)
    {
    }

    /// <summary>A line could not be written. Comes from the thread that writes, so that even a stalled <see cref="_complaints"/>
    /// stalls no request.</summary>
    void ILoggingFailureListener.OnLoggingFailed(
        object sender, LoggingFailureKind kind, string message, IReadOnlyCollection<LogEvent>? events, Exception? exception)
    {
        if (Interlocked.Increment(ref _failed) == 1)
        {
            _complaints.WriteLine($"gateway: log lines cannot be written and are dropped: {exception?.Message ?? message}");
        }
    }

    private static void Direct(LoggerSinkConfiguration output, ILogEventSink? writer)
    {
        if (writer is null)
        {
            output.Console(new JsonLineFormatter());
        }
        else
        {
            output.Sink(writer);
        }
    }
}
