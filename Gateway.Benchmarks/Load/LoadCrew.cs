using System.Diagnostics;
using System.Net;
using Gateway.Benchmarks.Scenarios;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// The connections that send a scenario's requests, each with a blocking thread of its own: no scheduler stands between a socket and
/// the clock, and two context switches are all that a request costs besides its system calls.
/// </summary>
internal sealed class LoadCrew : IDisposable
{
    private const int StackBytes = 256 * 1024;

    /// <summary>From the call to the first arrival, for threads and connections to get ready.</summary>
    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(200);

    private readonly LoadScenario _scenario;
    private readonly Dictionary<RequestShape[], WireRequest[]> _visits;
    private readonly HttpConnection[] _connections;

    public LoadCrew(LoadScenario scenario, IPEndPoint server, string authority, int connections)
    {
        _scenario = scenario;
        _visits = scenario.Visits.ToDictionary(
            static visit => visit, visit => visit.Select(shape => new WireRequest(shape, authority)).ToArray());
        _connections = [.. Enumerable.Range(0, connections).Select(_ => new HttpConnection(server))];
    }

    /// <summary>Sends at a constant rate.</summary>
    /// <param name="rate">Requests a second.</param>
    /// <param name="duration">How long arrivals come; answers may take longer.</param>
    /// <param name="recorder">Told of every request.</param>
    /// <param name="during">Called each second.</param>
    public Task<Arrivals> OpenLoopAsync(double rate, TimeSpan duration, LoadRecorder recorder, Action<Arrivals> during) =>
        RunAsync(Arrivals.AtRate(rate / _scenario.RequestsPerVisit, Lead, duration), recorder, during);

    /// <summary>Sends as fast as answers come.</summary>
    public Task<Arrivals> ClosedLoopAsync(TimeSpan duration, LoadRecorder recorder) =>
        RunAsync(Arrivals.WhenFree(Lead, duration), recorder, static _ => { });

    public void Dispose()
    {
        foreach (HttpConnection connection in _connections)
        {
            connection.Dispose();
        }
    }

    private async Task<Arrivals> RunAsync(Arrivals arrivals, LoadRecorder recorder, Action<Arrivals> during)
    {
        Task all = Task.WhenAll(_connections.Select(connection => OnItsThread(() => Work(connection, arrivals, recorder))));
        while (await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(1))) != all)
        {
            during(arrivals);
        }

        await all;
        for (long number = arrivals.Sent; number < arrivals.Total && arrivals.Total < long.MaxValue; number++)
        {
            recorder.RecordUnsent(_scenario.Visit(number)[0], arrivals.TicksWaitedAtEnd(number));
        }

        return arrivals;
    }

    private void Work(HttpConnection connection, Arrivals arrivals, LoadRecorder recorder)
    {
        PreciseWait.SharpenThisThread();
        while (arrivals.TryTake(out long number, out long intended))
        {
            foreach (WireRequest request in _visits[_scenario.Visit(number)])
            {
                int outcome = connection.Ask(request);
                long end = Stopwatch.GetTimestamp();
                recorder.Record(request.Shape, outcome, end - intended);
                if (outcome != request.Shape.Expected)
                {
                    // What follows in the visit builds on it.
                    break;
                }

                // The visit goes on at once.
                intended = end;
            }
        }
    }

    private static Task OnItsThread(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        }, StackBytes)
        { IsBackground = true };
        thread.Start();
        return done.Task;
    }
}
