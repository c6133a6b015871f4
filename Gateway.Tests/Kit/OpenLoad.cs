using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Gateway.Tests.Kit;

/// <summary>
/// Requests that come at a fixed rate, whatever becomes of those before them, as from many clients that know nothing of each other. Every
/// answer is checked to be its request's own.
/// </summary>
/// <param name="target">Where they go: a gateway, or an instance by itself.</param>
internal sealed class OpenLoad(Uri target) : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2), Patience = TimeSpan.FromSeconds(60);

    private readonly HttpMessageInvoker _client = TestGateway.NewClient();
    private readonly TimeProvider _clock = TimeProvider.System;
    private int _sent;
    private long _startedAt;

    public OpenLoad(TestGateway gateway)
        : this(gateway.Address)
    {
    }

    /// <summary>The request of this number; a GET if nothing else is wanted. Called on one thread at a time.</summary>
    public Func<int, LoadRequest> Request { get; init; } = static _ => LoadRequest.Get;

    /// <summary>Since the start of the load that is under way.</summary>
    public TimeSpan Elapsed => _clock.GetElapsedTime(Volatile.Read(ref _startedAt));

    /// <summary>Loads for so long, then waits for the last answers. One load at a time.</summary>
    /// <param name="rate">Requests a second.</param>
    /// <param name="duration">In which requests are due.</param>
    public Task<LoadResult> RunAsync(double rate, TimeSpan duration)
    {
        Volatile.Write(ref _startedAt, _clock.GetTimestamp());

        // Off the test's own synchronization context, which lets as many run as there are processors.
        return Task.Run(() => LoadAsync(rate, duration));
    }

    public void Dispose() => _client.Dispose();

    private async Task<LoadResult> LoadAsync(double rate, TimeSpan duration)
    {
        int count = (int)(rate * duration.TotalSeconds);
        var shots = new ConcurrentQueue<Shot>();
        var underWay = new List<Task>(count);
        using var tick = new PeriodicTimer(Tick);
        while (underWay.Count < count)
        {
            double due = Elapsed.TotalSeconds * rate;
            for (; underWay.Count < Math.Min(due, count); underWay.Add(ShootAsync(TimeSpan.FromSeconds(underWay.Count / rate), shots)))
            {
            }

            await tick.WaitForNextTickAsync();
        }

        await Task.WhenAll(underWay);
        return new LoadResult(_startedAt, [.. shots.OrderBy(static shot => shot.DueAt)]);
    }

    private async Task ShootAsync(TimeSpan dueAt, ConcurrentQueue<Shot> shots)
    {
        int number = ++_sent;
        LoadRequest request = Request(number);
        string id = number.ToString(CultureInfo.InvariantCulture), method = request.Method.Method;
        shots.Enqueue(await AskAsync(request, id) with { Id = id, Method = method, DueAt = dueAt, Latency = Elapsed - dueAt });
    }

    private async Task<Shot> AskAsync(LoadRequest request, string id)
    {
        string expected = WitnessInstance.ContentOf(request.Method.Method, id);
        using var message = new HttpRequestMessage(request.Method, new Uri(target, WitnessInstance.WorkPath + id));
        if (request.Method != HttpMethod.Get)
        {
            message.Content = new StringContent(expected);
        }

        if (request.Token is { } token)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var patience = new CancellationTokenSource(Patience);
        var shot = new Shot(id, "", default, default, 0, null, null, false, "no answer");
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(message, patience.Token);
            shot = shot with
            {
                Status = (int)response.StatusCode,
                Instance = response.Headers.TryGetValues(WitnessInstance.NameHeader, out IEnumerable<string>? names) ? names.First() : null,
                RetryAfter = response.Headers.RetryAfter is not null,
            };
            string content = await response.Content.ReadAsStringAsync(patience.Token);
            string? reason = ReasonOf(response, content);
            return shot with { Reason = reason, Failure = FailureOf(shot.Status, reason, content == expected) };
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            return shot with { Failure = shot.Status == 0 ? failure.GetType().Name : $"{shot.Status} broken off" };
        }
    }

    private static string? ReasonOf(HttpResponseMessage response, string content) =>
        response.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? JsonElement.Parse(content).GetProperty("reason").GetString()
            : null;

    private static string? FailureOf(int status, string? reason, bool isOwn) => (status, isOwn) switch
    {
        (200, true) => null,
        (200, false) => "200 with what is not its own",
        _ => $"{status} {reason}".TrimEnd(),
    };
}
