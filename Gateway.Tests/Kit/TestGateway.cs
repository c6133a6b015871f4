using System.Text.Json;
using Gateway.Core;
using Gateway.Core.Reception;
using Gateway.Core.Resilience;
using Gateway.Host.Configuration;
using Gateway.Host.Kubernetes;
using Gateway.Host.Logging;
using Gateway.Host.Serving;
using Gateway.Host.Telemetry;
using Microsoft.Extensions.Configuration;

namespace Gateway.Tests.Kit;

/// <summary>
/// A whole gateway, its log kept in memory: in this process, on ports of its own; or, when the variable <c>GATEWAY_BINARY</c> names one, that
/// program, as the ahead-of-time build is tested; or, when <c>GATEWAY_UNDER_TEST</c> is <c>embedded</c> or <c>mapped</c>, in an application that has
/// it beside endpoints of its own, as middleware or as the last of the endpoints.
/// </summary>
internal sealed class TestGateway : IAsyncDisposable
{
    /// <summary>The program to be tested; null for the build at hand, in this process.</summary>
    private static readonly string? Program = Environment.GetEnvironmentVariable("GATEWAY_BINARY") is { Length: > 0 } program ? program : null;

    private static readonly bool IsEmbedded = Environment.GetEnvironmentVariable("GATEWAY_UNDER_TEST") is "embedded" or "mapped";

    /// <summary>Enough for what has been answered to be counted; what is still under way then is meant to be.</summary>
    private static readonly TimeSpan CountingTakes = TimeSpan.FromSeconds(2);

    private readonly LogMemory _memory;
    private bool _isDisposed;
    private readonly ITestedGateway _gateway;

    private TestGateway(ITestedGateway gateway, LogMemory memory)
    {
        (_gateway, _memory) = (gateway, memory);
        Client = NewClient();
    }

    public Uri Address => _gateway.Address;

    public Uri Admin => _gateway.Admin;

    /// <summary>The server itself, of one that was started by <see cref="StartHereAsync"/>.</summary>
    public GatewayServer Server => ((GatewayInProcess)_gateway).Server;

    /// <summary>The pipeline, of one in this process.</summary>
    public GatewayPipeline Pipeline => _gateway is GatewayEmbedded embedded ? embedded.Pipeline : Server.Pipeline;

    /// <summary>Requests under way.</summary>
    public int ActiveRequests => _gateway.ActiveRequests;

    /// <summary>Attempts under way at the first service's first instance.</summary>
    public int InFlight => _gateway.InFlight;

    /// <summary>The circuit of the first service's first instance.</summary>
    public CircuitState Circuit => _gateway.Circuit;

    /// <summary>Speaks to the public server; follows no redirects, keeps no cookies, throws on nothing.</summary>
    public HttpMessageInvoker Client { get; }

    /// <param name="options">Of the pipeline; a DrainDelay that is not asked for is left out.</param>
    /// <param name="clock">Null for the system's; a test's own is in this process alone.</param>
    /// <param name="endpoint">Further keys of the public endpoint, as Kestrel's section has them; the Url too, if it is not cleartext.</param>
    public static Task<TestGateway> StartAsync(
        GatewayOptions options, TimeProvider? clock = null, params IReadOnlyList<(string Key, string Value)> endpoint) =>
        Program is not null && clock is null
            ? BeginProgramAsync(options, ProxyProtocolMode.Off, endpoint)
            : IsEmbedded ? BeginEmbeddedAsync(options, clock ?? TimeProvider.System, endpoint)
            : BeginAsync(options, clock, static configuration => configuration, endpoint);

    /// <summary>In this process whatever is tested: for a test that reaches into the server, where nothing but time would reach.</summary>
    public static Task<TestGateway> StartHereAsync(GatewayOptions options, params IReadOnlyList<(string Key, string Value)> endpoint) =>
        BeginAsync(options, clock: null, static configuration => configuration, endpoint);

    /// <summary>One that finds instances by this API.</summary>
    public static Task<TestGateway> StartInClusterAsync(GatewayOptions options, KubernetesOptions kubernetes) =>
        BeginAsync(options, clock: null, configuration => configuration with { Kubernetes = kubernetes }, []);

    /// <summary>One that sends its spans to a receiver: all gateways of this process do then, so that its tests are <see cref="MeasuredAlone"/>.</summary>
    public static Task<TestGateway> StartTracedAsync(GatewayOptions options, TelemetryOptions telemetry) => Program is not null
        ? BeginProgramAsync(options, ProxyProtocolMode.Off, [], telemetry)
        : StartTracedHereAsync(options, telemetry);

    /// <summary>The same, in this process.</summary>
    public static Task<TestGateway> StartTracedHereAsync(GatewayOptions options, TelemetryOptions telemetry) =>
        BeginAsync(options, clock: null, configuration => configuration with { Telemetry = telemetry }, []);

    /// <summary>One that holds no more than so many connections of clients.</summary>
    public static Task<TestGateway> StartLimitedAsync(GatewayOptions options, int maxConnections) =>
        BeginAsync(options, clock: null, configuration => configuration with { MaxConnections = maxConnections }, []);

    /// <summary>One whose admin port has a token, in a file. In this process.</summary>
    public static Task<TestGateway> StartAdministeredAsync(GatewayOptions options, string tokenFile) =>
        BeginAsync(options, clock: null, configuration => configuration with { Admin = configuration.Admin with { TokenFile = tokenFile } }, []);

    /// <summary>One for those who develop. In this process.</summary>
    public static Task<TestGateway> StartInDevelopmentAsync(GatewayOptions options) =>
        BeginAsync(options, clock: null, static configuration => configuration with { IsDevelopment = true }, []);

    /// <summary>One whose clients come through proxies that speak the PROXY protocol.</summary>
    public static Task<TestGateway> StartBehindProxiesAsync(
        GatewayOptions options, TimeProvider? clock = null, params IReadOnlyList<(string Key, string Value)> endpoint) =>
        Program is not null && clock is null
            ? BeginProgramAsync(options, ProxyProtocolMode.Required, endpoint)
            : BeginAsync(options, clock, static configuration => configuration with { ProxyProtocol = ProxyProtocolMode.Required }, endpoint);

    private static async Task<TestGateway> BeginAsync(
        GatewayOptions options, TimeProvider? clock, Func<HostConfiguration, HostConfiguration> change,
        IReadOnlyList<(string Key, string Value)> endpoint)
    {
        TimeProvider time = clock ?? TimeProvider.System;
        var memory = new LogMemory();
        var log = new HostLog(memory, time);
        var configuration = new HostConfiguration(
            WithoutDelay(options),
            new AdminOptions { Url = "http://127.0.0.1:0" },
            [],
            new ConfigurationBuilder().AddInMemoryCollection([new("Endpoints:Public:Url", "http://127.0.0.1:0")])
                .AddInMemoryCollection(endpoint.Select(static key => new KeyValuePair<string, string?>($"Endpoints:Public:{key.Key}", key.Value)))
                .Build());
        return new TestGateway(new GatewayInProcess(await GatewayServer.StartAsync(change(configuration), log, time), log), memory);
    }

    private static async Task<TestGateway> BeginProgramAsync(
        GatewayOptions options, ProxyProtocolMode proxies, IReadOnlyList<(string Key, string Value)> endpoint, TelemetryOptions? telemetry = null)
    {
        var memory = new LogMemory();
        return new TestGateway(await GatewayAsProgram.StartAsync(Program!, WithoutDelay(options), proxies, endpoint, memory, telemetry), memory);
    }

    /// <summary>One in an application with endpoints of its own, whatever is tested.</summary>
    public static async Task<TestGateway> BeginEmbeddedAsync(
        GatewayOptions options, TimeProvider clock, IReadOnlyList<(string Key, string Value)> endpoint)
    {
        var memory = new LogMemory();
        return new TestGateway(await GatewayEmbedded.StartAsync(WithoutDelay(options), endpoint, memory, clock), memory);
    }

    private static GatewayOptions WithoutDelay(GatewayOptions options) =>
        options.Shutdown == new ShutdownOptions() ? options with { Shutdown = new ShutdownOptions { DrainDelay = TimeSpan.Zero } } : options;

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

    /// <summary>Drops the lines so far.</summary>
    public void Forget() => _memory.Forget();

    /// <summary>What Prometheus would get. A request is counted a moment after its client has the answer: that moment is waited for.</summary>
    public async Task<string> ScrapeAsync()
    {
        SpinWait.SpinUntil(() => _gateway.ActiveRequests == 0, CountingTakes);
        using HttpResponseMessage response = await Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, new Uri(Admin, "/metrics")), CancellationToken.None);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>A raw connection to the public server.</summary>
    public Task<RawConnection> ConnectAsync() => RawConnection.ToAsync(Address.Port);

    /// <summary>Asks it to leave, as SIGTERM does; completes when it has.</summary>
    public Task StopAsync() => _gateway.StopAsync();

    /// <summary>Leaves at once, as after a second signal; what is under way is broken off. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        Client.Dispose();
        await _gateway.DisposeAsync();
    }
}
