namespace Gateway.Benchmarks.Scenarios;

/// <summary>What a client does, over and over: at each arrival one of several visits, each one request or a few in a row.</summary>
internal sealed class LoadScenario
{
    private readonly (int Weight, RequestShape[] Visit)[] _visits;
    private readonly int _weights;

    /// <param name="name">What the command line calls it.</param>
    /// <param name="title">What reports call it.</param>
    /// <param name="rate">Requests a second when no other rate is asked for.</param>
    /// <param name="visits">Each with its share of all arrivals.</param>
    public LoadScenario(string name, string title, int rate, (int Weight, RequestShape[] Visit)[] visits)
    {
        (Name, Title, Rate, _visits, _weights) = (name, title, rate, visits, visits.Sum(static one => one.Weight));
        RequestsPerVisit = visits.Sum(static one => (double)one.Weight * one.Visit.Length) / _weights;
    }

    public string Name { get; }

    public string Title { get; }

    public int Rate { get; }

    /// <summary>On average.</summary>
    public double RequestsPerVisit { get; }

    /// <summary>Every visit there is.</summary>
    public IEnumerable<RequestShape[]> Visits => _visits.Select(static one => one.Visit);

    /// <summary>The requests of the n-th arrival: the same in every run, and in each long stretch by their weights.</summary>
    public RequestShape[] Visit(long number)
    {
        int point = (int)(Mix((ulong)number) % (ulong)_weights);
        foreach ((int weight, RequestShape[] visit) in _visits)
        {
            point -= weight;
            if (point < 0)
            {
                return visit;
            }
        }

        throw new InvalidOperationException("The weights do not add up.");
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood 2014).</summary>
    private static ulong Mix(ulong number)
    {
        ulong z = (number + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
