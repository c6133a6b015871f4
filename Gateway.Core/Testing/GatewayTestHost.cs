using System.Collections.Concurrent;
using System.Globalization;
using Gateway.Core.Backends;
using Gateway.Core.Errors;
using Gateway.Core.Responses;
using Microsoft.AspNetCore.Builder;

namespace Gateway.Core.Testing;

/// <summary>
/// A whole gateway for tests, on a free port of the loopback interface in the test's own process, by a clock of the test's, that tells what it
/// has decided. Safe from any thread.
/// </summary>
public sealed class GatewayTestHost : IAsyncDisposable
{
    /// <summary>Decisions remembered; of more the first are forgotten.</summary>
    private const int MaxDecisions = 10_000;

    private readonly ConcurrentQueue<string> _decisions = new();
    private readonly WebApplication _application;
    private readonly HttpMessageInvoker _client;

    private GatewayTestHost(GatewayOptions options, TimeProvider? clock, GatewayExtensions extensions)
    {
        Pipeline = new GatewayPipeline(options, loggers: null, (in entry) => Decided(Describe(entry)), clock, extensions with
        {
            InstanceChanged = change =>
            {
                Decided(Describe(change));
                extensions.InstanceChanged?.Invoke(change);
            },
        });
        _application = LoopbackServer.Build(Pipeline.InvokeAsync, Pipeline);
        _client = new HttpMessageInvoker(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ActivityHeadersPropagator = null });
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => LoopbackServer.AddressOf(_application);

    /// <summary>The gateway itself.</summary>
    public GatewayPipeline Pipeline { get; }

    /// <summary>
    /// What the gateway has decided so far, in its order; of more than 10,000 the last. Of a request it is one of <c>answered 200 by orders</c>,
    /// <c>answered 200 by orders after 2 attempts</c>, <c>answered 204 itself</c> and <c>refused with rate_limited</c>, the words being those of the
    /// error table; of an instance for example <c>circuit opened after 5 failures in a row</c>, <c>circuit closed</c>, <c>instance ejected: …</c>. A
    /// request's comes a moment after its answer: await <see cref="SettledAsync"/> first.
    /// </summary>
    public IReadOnlyList<string> Decisions => [.. _decisions];

    /// <summary>Starts one.</summary>
    /// <param name="options">As in production; the port is a free one.</param>
    /// <param name="clock">Where time comes from, for example a FakeTimeProvider; null for the system's.</param>
    /// <param name="extensions">What the application adds; null for nothing.</param>
    /// <exception cref="GatewayOptionsException">The options are not valid.</exception>
    public static async Task<GatewayTestHost> StartAsync(GatewayOptions options, TimeProvider? clock = null, GatewayExtensions? extensions = null)
    {
        var host = new GatewayTestHost(options, clock, extensions ?? new GatewayExtensions());
        await host._application.StartAsync();
        host.Pipeline.Start();
        return host;
    }

    /// <summary>Sends a GET and returns the answer; redirects are not followed, no status throws.</summary>
    /// <param name="target">Path and query.</param>
    /// <param name="headers">Further headers, written as they are.</param>
    public async Task<HttpResponseMessage> GetAsync(string target, params IReadOnlyList<(string Name, string Value)> headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await SendAsync(request);
    }

    /// <summary>Sends any request; an address without a host is taken from <see cref="Address"/>.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        request.RequestUri = new Uri(Address, request.RequestUri!);
        return _client.SendAsync(request, CancellationToken.None);
    }

    /// <summary>Completes when no request is under way, so that <see cref="Decisions"/> has them all.</summary>
    /// <exception cref="TimeoutException">There still was one after 10 s of real time.</exception>
    public async Task SettledAsync()
    {
        TimeProvider clock = TimeProvider.System;
        for (long began = clock.GetTimestamp(); Pipeline.ActiveRequests > 0;)
        {
            if (clock.GetElapsedTime(began) > TimeSpan.FromSeconds(10))
            {
                throw new TimeoutException($"{Pipeline.ActiveRequests} requests are still under way after 10 s.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), clock, CancellationToken.None);
        }
    }

    /// <summary>Ends it; requests under way are broken off.</summary>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        Pipeline.CloseWebSockets();
        await LoopbackServer.StopAsync(_application);
        await _application.DisposeAsync();
        await Pipeline.DisposeAsync();
    }

    internal static string Describe(in AccessLogEntry entry) =>
        entry.Error is not null ? $"refused with {entry.Error}"
        : entry.Attempts == 0 ? string.Create(CultureInfo.InvariantCulture, $"answered {entry.StatusCode} itself")
        : entry.Attempts == 1 ? string.Create(CultureInfo.InvariantCulture, $"answered {entry.StatusCode} by {entry.BackendService}")
        : string.Create(CultureInfo.InvariantCulture, $"answered {entry.StatusCode} by {entry.BackendService} after {entry.Attempts} attempts");

    internal static string Describe(InstanceChange change) => change.Happened switch
    {
        InstanceEvent.CircuitOpened => $"circuit opened after {change.Why}",
        InstanceEvent.CircuitClosed => "circuit closed",
        InstanceEvent.Ejected => $"instance ejected: {change.Why}",
        InstanceEvent.Returned => "instance returned",
        InstanceEvent.Unhealthy => $"instance unhealthy: {change.Why}",
        _ => "instance healthy",
    };

    internal void Decided(string decision)
    {
        _decisions.Enqueue(decision);
        while (_decisions.Count > MaxDecisions)
        {
            _decisions.TryDequeue(out _);
        }
    }
}
