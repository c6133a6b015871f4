using System.Diagnostics.Tracing;

namespace Gateway.Benchmarks.Allocations;

/// <summary>What this process allocates for a request.</summary>
/// <param name="PerRequest">Bytes.</param>
/// <param name="ByType">Bytes for a request by type, sampled; empty unless asked for.</param>
internal sealed record AllocatedBytes(double PerRequest, IReadOnlyDictionary<string, double> ByType)
{
    /// <summary>Enough for the runtime to have compiled everything for the last time.</summary>
    private const int WarmUp = 20_000;

    private const int Rounds = 3;

    /// <summary>Measures a server in this process: the least of three rounds, since the runtime itself allocates now and then.</summary>
    /// <param name="port">Where it listens on 127.0.0.1.</param>
    /// <param name="requests">In each round.</param>
    /// <param name="types">0 for no look at types.</param>
    public static AllocatedBytes Of(int port, int requests, int types)
    {
        using var client = new QuietClient(port);
        client.Exchange(WarmUp);
        double least = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            client.Exchange(requests);
            least = Math.Min(least, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / requests);
        }

        if (types == 0)
        {
            return new AllocatedBytes(least, new Dictionary<string, double>());
        }

        using var sampler = new Sampler();
        client.Exchange(requests);
        return new AllocatedBytes(least, sampler.BytesByType().ToDictionary(static one => one.Key, one => (double)one.Value / requests));
    }

    /// <summary>Listens to the runtime's allocation ticks: one for each 100 KB or so, with the type of the object that reached it.</summary>
    private sealed class Sampler : EventListener
    {
        private const EventKeywords Gc = (EventKeywords)0x1;

        private readonly Dictionary<string, long> _bytes = [];
        private readonly Lock _gate = new();

        public Dictionary<string, long> BytesByType()
        {
            lock (_gate)
            {
                return new(_bytes);
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
            {
                EnableEvents(eventSource, EventLevel.Verbose, Gc);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName?.StartsWith("GCAllocationTick", StringComparison.Ordinal) != true
                || eventData.PayloadNames?.IndexOf("TypeName") is not (>= 0 and { } type) || eventData.PayloadNames.IndexOf("AllocationAmount64") is not (>= 0 and { } amount))
            {
                return;
            }

            lock (_gate)
            {
                string name = (string)eventData.Payload![type]!;
                _bytes[name] = _bytes.GetValueOrDefault(name) + (long)(ulong)eventData.Payload[amount]!;
            }
        }
    }
}
