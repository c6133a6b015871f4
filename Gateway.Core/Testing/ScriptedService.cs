using System.Collections.Concurrent;
using Gateway.Core.Backends;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Core.Testing;

/// <summary>A request as a <see cref="ScriptedService"/> got it.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Target">Path and query, byte for byte.</param>
/// <param name="Headers">Its headers, by name without case; several values of one joined by commas.</param>
public sealed record ReceivedRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers);

/// <summary>
/// One instance of a service for tests: a real server on a free port of the loopback interface that answers as the test says. Safe from any thread.
/// </summary>
public sealed class ScriptedService : IAsyncDisposable
{
    /// <summary>Requests remembered; of more the first are forgotten.</summary>
    private const int MaxReceived = 10_000;

    private readonly ConcurrentQueue<ReceivedRequest> _received = new();
    private readonly WebApplication _application;
    private volatile RequestDelegate _answer;

    private ScriptedService(RequestDelegate answer)
    {
        _answer = answer;
        _application = LoopbackServer.Build(AnswerAsync);
    }

    /// <summary>Scheme, host and port.</summary>
    public string Url => LoopbackServer.AddressOf(_application).GetLeftPart(UriPartial.Authority);

    /// <summary>A service with this instance alone, and the defaults for the rest.</summary>
    public ServiceOptions Options => new() { Instances = [new InstanceOptions { Url = Url }] };

    /// <summary>The requests that came, in their order; of more than 10,000 the last.</summary>
    public IReadOnlyList<ReceivedRequest> Received => [.. _received];

    /// <summary>Starts one that answers 200 with an empty body.</summary>
    public static Task<ScriptedService> StartAsync() => StartAsync(static _ => Task.CompletedTask);

    /// <summary>Starts one.</summary>
    /// <param name="answer">Answers each request.</param>
    public static async Task<ScriptedService> StartAsync(RequestDelegate answer)
    {
        var service = new ScriptedService(answer);
        await service._application.StartAsync();
        return service;
    }

    /// <summary>From now on each request gets this answer.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="body">Its text; none by default.</param>
    public void AnswerWith(int status, string body = "") => AnswerWith(http =>
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsync(body);
    });

    /// <summary>From now on each request is answered so.</summary>
    public void AnswerWith(RequestDelegate answer) => _answer = answer;

    /// <summary>From now on each request's connection is broken off.</summary>
    public void BreakOff() => _answer = static http =>
    {
        http.Abort();
        return Task.CompletedTask;
    };

    /// <summary>Nobody listens any more: connections are refused.</summary>
    public Task StopAsync() => LoopbackServer.StopAsync(_application);

    /// <summary>Stops, and breaks off what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _application.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext http)
    {
        HttpRequest request = http.Request;
        _received.Enqueue(new ReceivedRequest(
            request.Method, http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            request.Headers.ToDictionary(static header => header.Key, static header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        while (_received.Count > MaxReceived)
        {
            _received.TryDequeue(out _);
        }

        return _answer(http);
    }
}
