using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Core.Backends;

/// <summary>
/// Asks one instance again and again whether it is well, and tells its service. Goes on where a later configuration has the instance too: a check
/// under way is finished, and the next one comes at its time.
/// </summary>
internal sealed class InstanceChecks : IAsyncDisposable
{
    private readonly HealthCheckOptions _options;
    private readonly HttpMessageInvoker _invoker;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile Subject _subject;

    /// <param name="service">Is told.</param>
    /// <param name="instance">Is asked.</param>
    /// <param name="options">The service's.</param>
    /// <param name="invoker">Sends the checks; not disposed here.</param>
    /// <param name="clock">For intervals and timeouts.</param>
    public InstanceChecks(BackendService service, ServiceInstance instance, HealthCheckOptions options, HttpMessageInvoker invoker, TimeProvider clock)
    {
        (_subject, _options, _invoker, _clock) = (new Subject(service, instance), options, invoker, clock);
        _running = CheckAgainAndAgainAsync();
    }

    /// <summary>Who is asked.</summary>
    public ServiceInstance Instance => _subject.Instance;

    /// <summary>The same instance belongs to a later configuration.</summary>
    public void GoOn(BackendService service, ServiceInstance instance) => _subject = new Subject(service, instance);

    /// <summary>Breaks a check under way off and returns when none is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task CheckAgainAndAgainAsync()
    {
        // The first check soon, but not all first checks at once.
        TimeSpan wait = _options.Interval * (Pace.Jitter * Random.Shared.NextDouble());
        while (await WaitAsync(wait))
        {
            string? failure = await CheckAsync();
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            Subject now = _subject;
            now.Service.RecordCheck(now.Instance, failure);
            wait = Pace.Around(_options.Interval);
        }
    }

    /// <summary>Waits, and no longer than the fast interval once something speaks against the instance. False when the checks are being stopped.</summary>
    private async Task<bool> WaitAsync(TimeSpan wait)
    {
        while (wait > TimeSpan.Zero && !_stop.IsCancellationRequested)
        {
            TimeSpan step = wait < _options.FastInterval ? wait : _options.FastInterval;
            await Pace.WaitAsync(step, _clock, _stop.Token);
            wait = Instance.IsWell ? wait - step : TimeSpan.Zero;
        }

        return !_stop.IsCancellationRequested;
    }

    /// <summary>Makes one check: null when it passed, else what went wrong in a few words.</summary>
    private async Task<string?> CheckAsync()
    {
        (BackendService service, ServiceInstance instance) = _subject;
        using var timeout = new CancellationTokenSource(_options.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, instance.Origin + _options.Path)
            {
                Version = service.Options.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            request.Headers.Host = instance.Authority;
            request.Headers.Add("User-Agent", HealthChecker.UserAgent);

            // The invoker answers when the headers are there; disposing of the answer drops the body.
            using HttpResponseMessage response = await _invoker.SendAsync(request, either.Token);
            int status = (int)response.StatusCode;
            return response.IsSuccessStatusCode ? null : $"{status} {ReasonPhrases.GetReasonPhrase(status)}".TrimEnd();
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"timed out after {_options.Timeout.TotalSeconds:0.###} s");
        }
        catch (HttpRequestException failure)
        {
            return Describe(failure);
        }
        catch (Exception failure)
        {
            // Whatever it is, the instance could not be asked, and the next check must come.
            return failure.Message;
        }
    }

    private static string Describe(HttpRequestException failure) => failure switch
    {
        { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => "connection refused",
        { InnerException: SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable } } => "host unreachable",
        { HttpRequestError: HttpRequestError.NameResolutionError } => "name not resolved",
        { HttpRequestError: HttpRequestError.SecureConnectionError } => "TLS failed: " + (failure.InnerException ?? failure).Message,
        { HttpRequestError: HttpRequestError.InvalidResponse } => "answer is not valid HTTP",
        { HttpRequestError: HttpRequestError.ResponseEnded } => "connection broken off",
        _ => (failure.InnerException ?? failure).Message,
    };

    /// <summary>One object, so that nobody sees half of a change.</summary>
    private sealed record Subject(BackendService Service, ServiceInstance Instance);
}
