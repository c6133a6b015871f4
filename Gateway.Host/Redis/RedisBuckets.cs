using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.RateLimiting;
using StackExchange.Redis;

namespace Gateway.Host.Redis;

/// <summary>
/// Token buckets in Redis, or what speaks like it: one key for each bucket, with the moment at which it will be full, in microseconds of the
/// server's clock, and a time to live until then. One atomic script leases. Only strings, one sorted set and Lua: no streams, no modules.
/// </summary>
internal sealed class RedisBuckets : SharedBucketStore
{
    /// <summary>A gateway that has not told of itself for so long is not counted; it tells every two.</summary>
    private const int MemberMs = 15_000;

    /// <summary>
    /// The Generic Cell Rate Algorithm (ITU-T I.371) for several tokens at a time. KEYS[1]: the bucket. ARGV: microseconds a token, tokens of the
    /// bucket, tokens wanted, debt. Returns granted, left, microseconds until a token, microseconds until full.
    /// </summary>
    private const string LeaseScript = """
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local token, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
        local want, debt = tonumber(ARGV[3]), tonumber(ARGV[4])
        local full = tonumber(redis.call('GET', KEYS[1]) or '0')
        -- A clock that was set back, or a bucket that was larger once, holds nobody longer than a debt may.
        local last = now + 2 * capacity * token
        full = math.min(math.max(full, now), last)
        full = math.min(math.max(full + debt * token, now), last)
        -- Such large numbers are exact to a quarter: they are taken from each other before anything else, and a millionth of a token is nothing.
        local there = math.max(0, capacity - math.ceil((full - now) / token - 0.000001))
        local granted = math.min(want, there)
        full = full + granted * token
        if full > now then
          -- tostring would write such a number with an exponent, and lose digits.
          redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', string.format('%d', math.ceil((full - now) / 1000)))
        else
          redis.call('DEL', KEYS[1])
        end
        local wait = 0
        if granted < want then wait = math.max(0, (full - now) + token - capacity * token) end
        return { granted, there - granted, math.ceil(wait), math.ceil(full - now) }
        """;

    /// <summary>KEYS[1]: the gateways, by when they last told of themselves. ARGV: this one, milliseconds that one is believed. Returns how many.</summary>
    private const string JoinScript = """
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[2])))
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        return redis.call('ZCARD', KEYS[1])
        """;

    private readonly RedisConnection _connection;
    private readonly string _prefix;
    private readonly RedisKey _members;
    private readonly RedisValue _self = Guid.NewGuid().ToString("N");

    /// <param name="options">Of kind Redis, valid.</param>
    public RedisBuckets(RateLimitStoreOptions options)
    {
        _connection = new RedisConnection(options.Redis!);
        _prefix = options.KeyPrefix;
        _members = $"{_prefix}:gateways";
    }

    public override async Task<BucketLease> LeaseAsync(BucketLeaseRequest request)
    {
        IDatabase redis = await _connection.DatabaseAsync(CancellationToken.None);
        RedisValue[] arguments =
        [
            (1_000_000 / request.RefillPerSecond).ToString("R", CultureInfo.InvariantCulture), request.Capacity, request.Want, request.Debt,
        ];
        RedisResult answer = await redis.ScriptEvaluateAsync(LeaseScript, [NameOf(request)], arguments);
        long[] numbers = (long[]?)answer ?? throw new InvalidDataException("The store answered no numbers.");
        return numbers is [long granted, long left, long untilToken, long untilFull]
            ? new BucketLease(granted, left, TimeSpan.FromMicroseconds(untilToken), TimeSpan.FromMicroseconds(untilFull))
            : throw new InvalidDataException("The store answered other than four numbers.");
    }

    public override async Task<int> JoinAsync()
    {
        IDatabase redis = await _connection.DatabaseAsync(CancellationToken.None);
        return (int)await redis.ScriptEvaluateAsync(JoinScript, [_members], [_self, MemberMs]);
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(250));
            IDatabase redis = await _connection.DatabaseAsync(soon.Token);
            await redis.SortedSetRemoveAsync(_members, _self).WaitAsync(soon.Token);
        }
        catch (Exception failure) when (failure is RedisException or OperationCanceledException or TimeoutException or ObjectDisposedException)
        {
            // Then it is counted for some seconds more.
        }

        await _connection.DisposeAsync();
    }

    /// <summary>
    /// The key of a bucket. The caller's part is hashed, together with the policy's name: what is an address or a user's id stands nowhere. It is
    /// in braces, by which a cluster chooses the node.
    /// </summary>
    internal RedisKey NameOf(in BucketLeaseRequest request)
    {
        byte[] policy = Encoding.UTF8.GetBytes(request.Policy);
        Span<byte> text = stackalloc byte[16 + policy.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(text, request.Key);
        policy.CopyTo(text[16..]);
        return $"{_prefix}:limit:{request.Policy}:{{{Base64Url.EncodeToString(SHA256.HashData(text).AsSpan(0, 16))}}}";
    }
}
