using BenchmarkDotNet.Attributes;
using Gateway.Core.Authentication;
using Gateway.Core.Context;

namespace Gateway.Benchmarks.Micro;

/// <summary>A token that has been judged: on the connection that showed it last, and on another, where its hash is worked out anew.</summary>
[MemoryDiagnoser]
public class TokenBenchmarks : IDisposable
{
    private readonly ReadOnlyMemory<char> _token = new string('a', 250).AsMemory();
    private readonly ClientConnection _connection = new();
    private TokenCache _cache = null!;

    [GlobalSetup]
    public void Build()
    {
        _cache = new TokenCache(new AuthOptions(), TimeProvider.System);
        Span<char> key = stackalloc char[TokenCache.KeyLength];
        TokenCache.MakeKey(_token.Span, key);
        _cache.Set(new string(key), TokenResult.Valid(new UserContext("u1", null, [], [], null, null)));
        _connection.Remember(_token, key);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _cache.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public bool HitOnTheSameConnection() => _cache.Find(_connection.KeyOf(_token)!, out _) == CacheFinding.Sure;

    [Benchmark]
    public bool HitOnAnother()
    {
        Span<char> key = stackalloc char[TokenCache.KeyLength];
        TokenCache.MakeKey(_token.Span, key);
        return _cache.Find(key, out _) == CacheFinding.Sure;
    }
}
