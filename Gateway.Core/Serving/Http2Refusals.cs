using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Serving;

/// <summary>
/// Hears of what one Kestrel server refuses by itself over HTTP/2: a stream whose pseudo-headers are wrong, a connection whose frames
/// are. Unlike for HTTP/1.1 (<see cref="ServerRefusals"/>) no event tells of it, so the server's own debug log is listened to.
/// </summary>
/// <param name="refused">Gets features like those of a refusal over HTTP/1.1, on the connection's thread: must not throw.</param>
internal sealed class Http2Refusals(Action<IFeatureCollection> refused)
{
    internal const string Category = "Microsoft.AspNetCore.Server.Kestrel.Http2";

    /// <summary>Open connections by their ids: the log does not say whose they are.</summary>
    private readonly ConcurrentDictionary<string, ConnectionContext> _connections = new(StringComparer.Ordinal);

    /// <summary>Connection middleware.</summary>
    public ConnectionDelegate Use(ConnectionDelegate next) => async connection =>
    {
        _connections[connection.ConnectionId] = connection;
        try
        {
            await next(connection);
        }
        finally
        {
            _connections.TryRemove(connection.ConnectionId, out _);
        }
    };

    /// <summary>The loggers for the server: those given, but for the one that is listened to as well.</summary>
    public ILoggerFactory Listening(ILoggerFactory loggers) => new Factory(this, loggers);

    /// <summary>A logger that listens, and hands on what the one given wants.</summary>
    internal ILogger Listener(ILogger inner) => new Ear(this, inner);

    private void Hear(IReadOnlyList<KeyValuePair<string, object?>> state, string? happened, Exception? failure)
    {
        (string? id, string message) = happened switch
        {
            "Http2ConnectionError" or "HPackDecodingError" => (Text(state, "ConnectionId"), failure?.Message ?? ""),

            // Other errors of a stream may end a request that has begun, and has a line of its own.
            "Http2StreamError" when failure?.Message.Contains("pseudo-header", StringComparison.Ordinal) == true => (Text(state, "ConnectionId"), failure.Message),
            "Http2StreamResetAbort" when Text(state, "error") == "PROTOCOL_ERROR" => (Text(state, "TraceIdentifier")?.Split(':')[0], failure?.Message ?? ""),
            _ => (null, ""),
        };
        if (id is null)
        {
            return;
        }

        var request = new FeatureCollection();
        request.Set<IHttpRequestFeature>(new HttpRequestFeature { Protocol = HttpProtocol.Http2 });
        request.Set<IHttpResponseFeature>(new HttpResponseFeature());
        request.Set<IHttpConnectionFeature>(new HttpConnectionFeature
        {
            RemoteIpAddress = _connections.TryGetValue(id, out ConnectionContext? connection) && connection.RemoteEndPoint is IPEndPoint peer ? peer.Address : null,
        });
        request.Set<IBadRequestExceptionFeature>(new Refusal(new BadHttpRequestException(message, StatusOf(message))));
        refused(request);
    }

    /// <summary>Kestrel speaks of these limits in the same words as over HTTP/1.1, where it answers 431.</summary>
    private static int StatusOf(string message) =>
        message.Contains("headers too long", StringComparison.Ordinal) || message.Contains("too many headers", StringComparison.Ordinal)
            ? StatusCodes.Status431RequestHeaderFieldsTooLarge
            : StatusCodes.Status400BadRequest;

    private static string? Text(IReadOnlyList<KeyValuePair<string, object?>> state, string name)
    {
        foreach ((string key, object? value) in state)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value?.ToString();
            }
        }

        return null;
    }

    private sealed record Refusal(Exception? Error) : IBadRequestExceptionFeature;

    private sealed class Factory(Http2Refusals refusals, ILoggerFactory inner) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) =>
            categoryName == Category ? refusals.Listener(inner.CreateLogger(categoryName)) : inner.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

        public void Dispose()
        {
            // The loggers belong to whoever gave them.
        }
    }

    private sealed class Ear(Http2Refusals refusals, ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        /// <summary>Debug tells of refusals; frames, which are many, are told of below it.</summary>
        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Debug || inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                refusals.Hear(values, eventId.Name, exception);
            }

            if (inner.IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
