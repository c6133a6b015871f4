using BenchmarkDotNet.Attributes;
using Gateway.Core.Resilience;

namespace Gateway.Benchmarks.Micro;

/// <summary>What the breaker costs each attempt: nothing to speak of on a closed circuit, one short lock on an open one.</summary>
[MemoryDiagnoser]
public class CircuitBreakerBenchmarks
{
    private CircuitBreaker _closed = null!;
    private CircuitBreaker _open = null!;

    [GlobalSetup]
    public void Build()
    {
        var options = new CircuitBreakerOptions { FailureThreshold = 1, Timeout = CircuitBreakerOptions.MaxTimeout };
        _closed = new CircuitBreaker(options, TimeProvider.System);
        _open = new CircuitBreaker(options, TimeProvider.System);
        _open.TryEnter(out CircuitPass pass);
        _open.Record(pass, AttemptResult.Failure);
    }

    [Benchmark]
    public bool EnterAndRecordClosed()
    {
        _closed.TryEnter(out CircuitPass pass);
        return _closed.Record(pass, AttemptResult.Success);
    }

    [Benchmark]
    public bool RefuseOpen() => _open.TryEnter(out _);
}
