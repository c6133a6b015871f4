using System.Buffers;
using Gateway.Core.Responses;
using Serilog.Events;

namespace Gateway.Host.Logging;

/// <summary>
/// Carries an access-log entry through Serilog, which knows events of a template and boxed values: those would be 600 bytes a request.
/// One event for each level, made once with the buffer of its line, and used again; not safe for concurrent use.
/// </summary>
internal sealed class AccessLogEvent
{
    /// <summary>Bytes that most lines need if each of their characters had to be escaped; the buffer grows for the others, and stays so.</summary>
    private const int UsualLength = 4096;

    private readonly ArrayBufferWriter<byte> _line = new(UsualLength);
    private readonly OfLevel _information, _warning, _error;

    public AccessLogEvent()
    {
        _information = new OfLevel(LogEventLevel.Information, this);
        _warning = new OfLevel(LogEventLevel.Warning, this);
        _error = new OfLevel(LogEventLevel.Error, this);
    }

    /// <summary>What the next event carries.</summary>
    public AccessLogEntry Entry { get; set; }

    /// <summary>The event for Serilog.</summary>
    public LogEvent Of(LogLevel level) => level switch
    {
        LogLevel.Warning => _warning,
        LogLevel.Error => _error,
        _ => _information,
    };

    /// <summary>Its own time says nothing; the entry has one.</summary>
    internal sealed class OfLevel(LogEventLevel level, AccessLogEvent access) : LogEvent(default, level, null, new MessageTemplate([]), [])
    {
        public AccessLogEntry Entry => access.Entry;

        /// <summary>The entry's line with its end; valid until the next one.</summary>
        public ReadOnlySpan<byte> Format()
        {
            access._line.ResetWrittenCount();
            AccessLogLine.Write(access._line, access.Entry);
            access._line.Write("\n"u8);
            return access._line.WrittenSpan;
        }
    }
}
