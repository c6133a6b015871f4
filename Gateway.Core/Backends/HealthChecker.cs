using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Core.Backends;

/// <summary>
/// Asks every instance of a service, each at its own pace, whether it is well, and tells the service.
/// </summary>
/// <param name="service">One without <see cref="ServiceOptions.HealthCheck"/> is left alone.</param>
/// <param name="invoker">Sends the checks; not disposed here. <see cref="CreateInvoker"/> makes the usual one.</param>
/// <param name="clock">For intervals and timeouts.</param>
internal sealed class HealthChecker(
    BackendService service,
    HttpMessageInvoker invoker,
    TimeProvider clock) : IAsyncDisposable
{
    public const string UserAgent = "gateway-health";

    private readonly CancellationTokenSource _stop = new();
    private Task _loops = Task.CompletedTask;

    /// <summary>Follows no redirect, keeps no cookie, uses no proxy, and reads at most 64 KB of a body that nobody wants before it
    /// gives the connection up.</summary>
    /// <param name="hosts">Knows the addresses of instances that have a name.</param>
    public static HttpMessageInvoker CreateInvoker(HostResolver hosts) => new(new SocketsHttpHandler
    {
        ConnectCallback = new HostConnector(hosts, Timeout.InfiniteTimeSpan).ConnectAsync,
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        MaxResponseDrainSize = 64 * 1024,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
    });

    /// <summary>Starts checking; to be called once.</summary>
    public void Start()
    {
        if (service.Options.HealthCheck is { } options)
        {
            _loops = Task.WhenAll(service.Instances.Select(instance => CheckAgainAndAgainAsync(instance, options)));
        }
    }

    /// <summary>Breaks checks under way off and returns when none is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loops;
        _stop.Dispose();
    }

    private async Task CheckAgainAndAgainAsync(ServiceInstance instance, HealthCheckOptions options)
    {
        // The first check soon, but not all first checks at once.
        TimeSpan wait = options.Interval * (Pace.Jitter * Random.Shared.NextDouble());
        while (await WaitAsync(wait, instance, options))
        {
            string? failure = await CheckAsync(instance, options);
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            service.RecordCheck(instance, failure);
            wait = Pace.Around(options.Interval);
        }
    }

    /// <summary>Waits, and no longer than the fast interval once something speaks against the instance. False when the checker is being stopped.</summary>
    private async Task<bool> WaitAsync(TimeSpan wait, ServiceInstance instance, HealthCheckOptions options)
    {
        while (wait > TimeSpan.Zero && !_stop.IsCancellationRequested)
        {
            TimeSpan step = wait < options.FastInterval ? wait : options.FastInterval;
            await Pace.WaitAsync(step, clock, _stop.Token);
            wait = instance.IsWell ? wait - step : TimeSpan.Zero;
        }

        return !_stop.IsCancellationRequested;
    }

    /// <summary>Makes one check: null when it passed, else what went wrong in a few words.</summary>
    private async Task<string?> CheckAsync(ServiceInstance instance, HealthCheckOptions options)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, instance.Origin + options.Path)
            {
                Version = service.Options.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            request.Headers.Add("User-Agent", UserAgent);

            // The invoker answers when the headers are there; disposing of the answer drops the body.
            using HttpResponseMessage response = await invoker.SendAsync(request, either.Token);
            int status = (int)response.StatusCode;
            return response.IsSuccessStatusCode ? null : $"{status} {ReasonPhrases.GetReasonPhrase(status)}".TrimEnd();
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"timed out after {options.Timeout.TotalSeconds:0.###} s");
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
}
