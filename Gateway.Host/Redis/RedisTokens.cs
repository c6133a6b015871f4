using System.Globalization;
using Gateway.Core.Authentication;
using StackExchange.Redis;

namespace Gateway.Host.Redis;

/// <summary>
/// Tokens and revocations in Redis, or what speaks like it: a key with a life for each token's entry; the log of revocations as a sorted set by
/// sequence, with a head beside it that says how far it goes. Only strings, one sorted set, Lua, and classic publish and subscribe for the nudge.
/// </summary>
internal sealed class RedisTokens : SharedTokenStore
{
    /// <summary>KEYS[1]: the head, as <c>name:sequence:mark</c>, without a life. KEYS[2]: the log. ARGV: the mark, what, records to keep, milliseconds to
    /// live, the channel. A record is <c>sequence:mark before:mark:what</c>.</summary>
    private const string AppendScript = """
        local head = redis.call('GET', KEYS[1])
        if not head then
          -- Records without their head belong to no log.
          head = ARGV[1] .. ':0:'
          redis.call('DEL', KEYS[2])
        end
        local name, sequence, before = string.match(head, '^(%w+):(%d+):(%w*)$')
        local next = string.format('%.0f', tonumber(sequence) + 1)
        redis.call('SET', KEYS[1], name .. ':' .. next .. ':' .. ARGV[1])
        redis.call('ZADD', KEYS[2], next, next .. ':' .. before .. ':' .. ARGV[1] .. ':' .. ARGV[2])
        local surplus = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[3])
        if surplus > 0 then redis.call('ZREMRANGEBYRANK', KEYS[2], 0, surplus - 1) end
        redis.call('PEXPIRE', KEYS[2], ARGV[4])
        -- Without the right to it, which users do not have by default, the readings find the record a moment later.
        redis.pcall('PUBLISH', ARGV[5], next)
        return next
        """;

    /// <summary>KEYS as above. ARGV: the sequence after which, records at most, a name. Returns the head, then the records.</summary>
    private const string ReadScript = """
        local head = redis.call('GET', KEYS[1])
        if not head then
          head = ARGV[3] .. ':0:'
          redis.call('DEL', KEYS[2])
        end
        -- Always: a store that takes no writes takes no revocations either, and is to count as away.
        redis.call('SET', KEYS[1], head)
        return { head, redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'LIMIT', '0', ARGV[2]) }
        """;

    /// <summary>KEYS[1]: the head. ARGV: the name it has, the new one.</summary>
    private const string RenameScript = """
        local head = redis.call('GET', KEYS[1])
        if head and string.match(head, '^(%w+):') == ARGV[1] then
          redis.call('SET', KEYS[1], ARGV[2] .. string.sub(head, #ARGV[1] + 1))
        end
        """;

    private readonly RedisConnection _connection;
    private readonly string _prefix;
    private readonly RedisKey[] _log;
    private readonly RedisChannel _channel;

    /// <param name="options">With an address, valid.</param>
    /// <param name="secret">What all gateways know.</param>
    public RedisTokens(SharedTokenOptions options, ReadOnlyMemory<byte> secret)
        : base(secret)
    {
        (_connection, _prefix) = (new RedisConnection(options.Redis!), options.KeyPrefix);

        // One node of a cluster has both.
        _log = [$"{_prefix}:{{revocations}}:head", $"{_prefix}:{{revocations}}:log"];
        _channel = RedisChannel.Literal($"{_prefix}:revocations");
    }

    public override async Task<byte[]?> GetAsync(string tokenHash) => await (await DatabaseAsync()).StringGetAsync(NameOf(tokenHash));

    public override async Task SetAsync(string tokenHash, byte[] entry, TimeSpan life) =>
        await (await DatabaseAsync()).StringSetAsync(NameOf(tokenHash), entry, TimeSpan.FromMilliseconds(Math.Max(1, Math.Floor(life.TotalMilliseconds))));

    public override async Task RemoveAsync(string tokenHash) => await (await DatabaseAsync()).KeyDeleteAsync(NameOf(tokenHash));

    public override async Task AppendAsync(string what, string mark, int most, TimeSpan life) => await (await DatabaseAsync()).ScriptEvaluateAsync(
        AppendScript, _log, [mark, what, most, (long)life.TotalMilliseconds, (string)_channel!]);

    public override async Task<RevocationPage> ReadAsync(long after, int most, string name)
    {
        RedisResult answer = await (await DatabaseAsync()).ScriptEvaluateAsync(ReadScript, _log, [after, most, name]);
        return answer.Length == 2 && ((string?)answer[0])?.Split(':') is [string log, string sequence, string mark]
            ? new RevocationPage(log, long.Parse(sequence, CultureInfo.InvariantCulture), mark, [.. ((string?[]?)answer[1] ?? []).Select(RecordOf).OfType<RevocationRecord>()])
            : throw new InvalidDataException("The store's log of revocations has no head.");
    }

    public override async Task RenameAsync(string name, string newName) => await (await DatabaseAsync()).ScriptEvaluateAsync(RenameScript, [_log[0]], [name, newName]);

    public override async Task ListenAsync(Action nudge)
    {
        ISubscriber subscriber = await _connection.SubscriberAsync(CancellationToken.None);

        // An attempt that failed may have left its handler.
        await subscriber.UnsubscribeAsync(_channel, flags: CommandFlags.FireAndForget);
        await subscriber.SubscribeAsync(_channel, (_, _) => nudge());
    }

    public override ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>The key of a token's entry; the hash is in braces, by which a cluster chooses the node.</summary>
    internal RedisKey NameOf(string tokenHash) => $"{_prefix}:token:{{{tokenHash}}}";

    /// <summary>Null for what no gateway has written; where a record is missing, the gateway sees that.</summary>
    private static RevocationRecord? RecordOf(string? text) =>
        text?.Split(':') is [string sequence, string before, string mark, string what]
        && long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? new RevocationRecord(number, before, mark, what) : null;

    private ValueTask<IDatabase> DatabaseAsync() => _connection.DatabaseAsync(CancellationToken.None);
}
