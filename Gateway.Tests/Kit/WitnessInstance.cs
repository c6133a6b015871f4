using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Kit;

/// <summary>One request as an instance saw it.</summary>
/// <param name="Method">GET, PUT or POST.</param>
/// <param name="Id">The end of its path.</param>
/// <param name="At">Timestamp of the system's clock.</param>
internal readonly record struct Arrival(string Method, string Id, long At);

/// <summary>
/// A real instance that keeps what it was asked, so that lost and doubled requests are found, and answers <c>/task/{id}</c> with
/// what only this request's answer can be. It can be slow, ill, or narrow; <c>/health</c> is well all the same.
/// </summary>
internal sealed class WitnessInstance : IAsyncDisposable
{
    public const string NameHeader = "X-Instance", WorkPath = "/task/";

    private const int Repeats = 40;

    private readonly ConcurrentQueue<Arrival> _arrivals = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly SemaphoreSlim? _places;
    private readonly TimeProvider _clock = TimeProvider.System;
    private TestInstance _instance = null!;

    private WitnessInstance(string name, int? places)
    {
        Name = name;
        _places = places is { } count ? new SemaphoreSlim(count) : null;
    }

    public string Name { get; }

    public string Url => _instance.Url;

    /// <summary>How long a request takes once it has a place.</summary>
    public TimeSpan Latency { get; set; }

    public int Status { get; set; } = StatusCodes.Status200OK;

    public IReadOnlyCollection<Arrival> Arrivals => _arrivals;

    /// <summary>Requests whose content was not theirs.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    /// <param name="name">Of the header by which answers name their instance.</param>
    /// <param name="places">Requests that are worked on at once; all others wait, without a limit, for their turn. Null: all at once.</param>
    public static async Task<WitnessInstance> StartAsync(string name, int? places = null)
    {
        var witness = new WitnessInstance(name, places);
        witness._instance = await TestInstance.StartAsync(witness.AnswerAsync);
        return witness;
    }

    /// <summary>What a request carries if it carries something, and what its answer must be.</summary>
    public static string ContentOf(string method, string id) => string.Concat(Enumerable.Repeat($"<{method} {id}>", Repeats));

    public void Forget() => _arrivals.Clear();

    /// <summary>Leaves as a program does that is asked to: takes no new connection, and finishes what it has begun.</summary>
    public Task FinishAsync() => _instance.FinishAsync();

    public async ValueTask DisposeAsync()
    {
        await _instance.DisposeAsync();
        _places?.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        http.Response.Headers[NameHeader] = Name;
        if (!http.Request.Path.Value!.StartsWith(WorkPath, StringComparison.Ordinal))
        {
            return;
        }

        string method = http.Request.Method, id = http.Request.Path.Value[WorkPath.Length..];
        _arrivals.Enqueue(new Arrival(method, id, _clock.GetTimestamp()));
        string content = ContentOf(method, id);
        using (var reader = new StreamReader(http.Request.Body))
        {
            string sent = await reader.ReadToEndAsync(http.RequestAborted);
            if (sent.Length > 0 && sent != content)
            {
                _wrong.Enqueue($"{method} {id} came with {sent}");
            }
        }

        await WorkAsync(http.RequestAborted);
        http.Response.StatusCode = Status;
        http.Response.ContentLength = content.Length;
        await http.Response.WriteAsync(content);
    }

    private async Task WorkAsync(CancellationToken left)
    {
        if (_places is not null)
        {
            await _places.WaitAsync(left);
        }

        try
        {
            if (Latency > TimeSpan.Zero)
            {
                await Task.Delay(Latency, _clock, left);
            }
        }
        finally
        {
            _places?.Release();
        }
    }
}
