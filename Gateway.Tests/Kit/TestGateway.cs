using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Core;
using Gateway.Core.Reception;
using Gateway.Host.Configuration;
using Gateway.Host.Logging;
using Gateway.Host.Serving;
using Microsoft.Extensions.Configuration;

namespace Gateway.Tests.Kit;

/// <summary>A whole gateway in this process: both servers on ports of their own, its log kept in memory.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    /// <summary>Enough for what has been answered to be counted; what is still under way then is meant to be.</summary>
    private static readonly TimeSpan CountingTakes = TimeSpan.FromSeconds(2);

    private readonly LogMemory _memory;
    private readonly HostLog _log;
    private readonly GatewayServer _server;

    private TestGateway(GatewayServer server, HostLog log, LogMemory memory)
    {
        (_server, _log, _memory) = (server, log, memory);
        Client = NewClient();
    }

    public Uri Address => _server.PublicAddresses[0];

    public Uri Admin => _server.AdminAddress;

    public GatewayServer Server => _server;

    /// <summary>Speaks to the public server; follows no redirects, keeps no cookies, throws on nothing.</summary>
    public HttpMessageInvoker Client { get; }

    /// <param name="options">Of the pipeline; a DrainDelay that is not asked for is left out.</param>
    /// <param name="clock">Null for the system's.</param>
    /// <param name="endpoint">Further keys of the public endpoint, as Kestrel's section has them; the Url too, if it is not cleartext.</param>
    public static Task<TestGateway> StartAsync(
        GatewayOptions options, TimeProvider? clock = null, params IReadOnlyList<(string Key, string Value)> endpoint) =>
        BeginAsync(options, clock, static configuration => configuration, endpoint);

    /// <summary>One that holds no more than so many connections of clients.</summary>
    public static Task<TestGateway> StartLimitedAsync(GatewayOptions options, int maxConnections) =>
        BeginAsync(options, clock: null, configuration => configuration with { MaxConnections = maxConnections }, []);

    /// <summary>One whose clients come through proxies that speak the PROXY protocol.</summary>
    public static Task<TestGateway> StartBehindProxiesAsync(
        GatewayOptions options, TimeProvider? clock = null, params IReadOnlyList<(string Key, string Value)> endpoint) =>
        BeginAsync(options, clock, static configuration => configuration with { ProxyProtocol = ProxyProtocolMode.Required }, endpoint);

    private static async Task<TestGateway> BeginAsync(
        GatewayOptions options, TimeProvider? clock, Func<HostConfiguration, HostConfiguration> change,
        IReadOnlyList<(string Key, string Value)> endpoint)
    {
        TimeProvider time = clock ?? TimeProvider.System;
        var memory = new LogMemory();
        var log = new HostLog(memory, time);
        var configuration = new HostConfiguration(
            options.Shutdown == new ShutdownOptions() ? options with { Shutdown = new ShutdownOptions { DrainDelay = TimeSpan.Zero } } : options,
            new AdminOptions { Url = "http://127.0.0.1:0" },
            [],
            new ConfigurationBuilder().AddInMemoryCollection([new("Endpoints:Public:Url", "http://127.0.0.1:0")])
                .AddInMemoryCollection(endpoint.Select(static key => new KeyValuePair<string, string?>($"Endpoints:Public:{key.Key}", key.Value)))
                .Build());
        return new TestGateway(await GatewayServer.StartAsync(change(configuration), log, time), log, memory);
    }

    public static HttpMessageInvoker NewClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
    });

    public Task<HttpResponseMessage> GetAsync(string target, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, target, null, headers);

    /// <summary>Gets what must be 200, and waits until the gateway is done with the request: it is measured and logged then,
    /// which may be a moment after its answer has come.</summary>
    public async Task<string> GetToTheEndAsync(string target, params (string Name, string Value)[] headers)
    {
        string id = Guid.NewGuid().ToString();
        string body = await GetAsync(target, [("X-Correlation-ID", id), .. headers]).ShouldBeOkAsync();
        await LogLineAsync(id);
        return body;
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, HttpContent? body, params (string Name, string Value)[] headers)
    {
        var message = new HttpRequestMessage(
            method, new Uri(Address.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Content = body,
        };
        foreach ((string name, string value) in headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content!.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return Client.SendAsync(message, CancellationToken.None);
    }

    /// <summary>The access-log line of the request with this correlation id; waits until it is written.</summary>
    public Task<JsonElement> LogLineAsync(string correlationId) =>
        _memory.FindAsync(line => line.TryGetProperty("correlation_id", out JsonElement id) && id.GetString() == correlationId);

    /// <summary>The first access-log line that is wanted; waits until it is written.</summary>
    public Task<JsonElement> LogLineAsync(Func<JsonElement, bool> wanted) =>
        _memory.FindAsync(line => line.TryGetProperty("status_code", out _) && wanted(line));

    /// <summary>Access-log lines so far.</summary>
    public IReadOnlyCollection<JsonElement> AccessLines => [.. LogLines.Where(static line => line.TryGetProperty("status_code", out _))];

    /// <summary>Access-log lines and events so far.</summary>
    public IReadOnlyCollection<JsonElement> LogLines => _memory.Lines;

    /// <summary>What Prometheus would get. A request is counted a moment after its client has the answer: that moment is waited for.</summary>
    public async Task<string> ScrapeAsync()
    {
        SpinWait.SpinUntil(() => _server.Pipeline.ActiveRequests == 0, CountingTakes);
        using HttpResponseMessage response = await Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, new Uri(Admin, "/metrics")), CancellationToken.None);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>A raw connection to the public server.</summary>
    public Task<RawConnection> ConnectAsync() => RawConnection.ToAsync(Address.Port);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
        await _log.DisposeAsync();
    }

    /// <summary>Keeps what is written to it, line by line.</summary>
    private sealed class LogMemory : MemoryStream
    {
        private readonly ConcurrentQueue<JsonElement> _lines = new();
        private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyCollection<JsonElement> Lines => _lines;

        /// <summary>Whole lines, as the log writes them.</summary>
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            foreach (Range line in buffer.Split((byte)'\n'))
            {
                if (!buffer[line].IsEmpty)
                {
                    _lines.Enqueue(JsonElement.Parse(buffer[line]));
                }
            }

            Interlocked.Exchange(ref _more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }

        public async Task<JsonElement> FindAsync(Func<JsonElement, bool> wanted)
        {
            while (true)
            {
                Task more = Volatile.Read(ref _more).Task;
                foreach (JsonElement line in _lines)
                {
                    if (wanted(line))
                    {
                        return line;
                    }
                }

                await more.WaitAsync(TimeSpan.FromSeconds(30));
            }
        }
    }
}
