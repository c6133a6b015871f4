using StackExchange.Redis;

namespace Gateway.Host.Redis;

/// <summary>
/// A connection to Redis that is always there to be tried: made in the background, made again when it breaks, and a call on it fails at once while
/// there is none. Safe from any thread.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>How soon what is broken is noticed and tried again: the gateway is to be back to normal within 3 s of the store's return.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(250);
    private const int RetryMs = 500, ConnectMs = 1_000, AnswerMs = 1_000;

    private readonly Task<ConnectionMultiplexer> _connecting;

    /// <param name="address">One that <see cref="ProblemOf"/> finds no fault with.</param>
    public RedisConnection(string address)
    {
        ConfigurationOptions options = Parse(address);
        options.ClientName ??= "gateway";
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ConnectTimeout = ConnectMs;
        options.AsyncTimeout = AnswerMs;
        options.ReconnectRetryPolicy = new LinearRetry(RetryMs);
        options.HeartbeatInterval = Heartbeat;
        _connecting = ConnectionMultiplexer.ConnectAsync(options);
    }

    /// <summary>What is wrong with an address and its options, as in <c>redis:6379,password=…,ssl=true</c>; null if nothing is.</summary>
    public static string? ProblemOf(string address)
    {
        try
        {
            return Parse(address).EndPoints.Count == 0 ? "names no host; an address looks like 'redis:6379'" : null;
        }
        catch (ArgumentException)
        {
            // The text may hold a password, so it is not repeated; nor is what the parser says, which repeats it.
            return "has an option that is unknown or malformed; an address looks like 'redis:6379,password=…,ssl=true'";
        }
    }

    /// <summary>What an address says about who can read along, and who can write.</summary>
    /// <param name="address">One that <see cref="ProblemOf"/> finds no fault with.</param>
    public static (bool IsEncrypted, bool HasPassword, IReadOnlyList<string> Hosts) About(string address)
    {
        ConfigurationOptions options = Parse(address);
        return (options.Ssl, !string.IsNullOrEmpty(options.Password), [.. options.EndPoints.Select(static one => one switch
        {
            System.Net.DnsEndPoint name => name.Host,
            System.Net.IPEndPoint ip => ip.Address.ToString(),
            _ => "",
        })]);
    }

    /// <summary>The database, once the first attempt to connect is over.</summary>
    public async ValueTask<IDatabase> DatabaseAsync(CancellationToken cancellationToken) =>
        (await _connecting.WaitAsync(cancellationToken)).GetDatabase();

    /// <summary>Where messages are heard.</summary>
    public async ValueTask<ISubscriber> SubscriberAsync(CancellationToken cancellationToken) =>
        (await _connecting.WaitAsync(cancellationToken)).GetSubscriber();

    public async ValueTask DisposeAsync()
    {
        await ((Task)_connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_connecting.IsCompletedSuccessfully)
        {
            await (await _connecting).DisposeAsync();
        }
    }

    private static ConfigurationOptions Parse(string address) => ConfigurationOptions.Parse(address, ignoreUnknown: false);
}
