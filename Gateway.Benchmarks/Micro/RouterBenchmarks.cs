using BenchmarkDotNet.Attributes;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Routing;
using Microsoft.AspNetCore.Http;

namespace Gateway.Benchmarks.Micro;

/// <summary>A look-up must cost the same for ten routes and for thousands, and allocate nothing.</summary>
[MemoryDiagnoser]
public class RouterBenchmarks
{
    private readonly HeaderDictionary _headers = [];
    private Router _router = null!;

    [Params(10, 5_000)]
    public int Routes { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var options = new ServiceOptions { Instances = [new InstanceOptions { Url = "http://127.0.0.1:8004" }] };
        var service = new BackendService("product", 0, options, TimeProvider.System);
        _router = new Router([.. Enumerable.Range(0, Routes).Select(i => new Route($"r{i}", i, Options(i), service))]);
    }

    [Benchmark]
    public int Found() => _router.Find("localhost", "/api/resource7/42/reviews", "GET", _headers).Route!.Index;

    [Benchmark]
    public object? UnknownPath() => _router.Find("localhost", "/api/nothing/42/reviews", "GET", _headers).Route;

    [Benchmark]
    public object? WrongMethod() => _router.Find("localhost", "/api/resource7/42/reviews", "POST", _headers).Nearest;

    private static GatewayRouteOptions Options(int i) =>
        new() { Pattern = $"/api/resource{i}/{{id:int}}/{{**rest}}", Service = "product", Methods = ["GET"] };
}
