using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests;

/// <summary>Whatever clients make up, the metrics stay as many as configuration and closed lists make them: the real pipeline, without a server.</summary>
public sealed class MetricSeriesTests : IAsyncLifetime
{
    private const int Requests = 100_000, WithAUser = 100;

    private static readonly string[] Methods =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "BREW"];

    /// <summary>What paths begin with: an unknown one, a malformed one, and those of the routes.</summary>
    private static readonly string[] Kinds = ["/nowhere/", "/a%5c", "/down/", "/get/", "/limited/"];

    private TestAuthService _auth = null!;
    private GatewayPipeline _pipeline = null!;

    public async Task InitializeAsync()
    {
        _auth = await TestAuthService.StartAsync();
        GatewayOptions options = TestOptions.For(new ServiceOptions { CircuitBreaker = new() { FailureThreshold = 1 } }, ScriptedInstance.UnusedUrl())
            .WithRoutes(
                ("down", TestOptions.AnyPath with { Pattern = "/down/{**rest}" }),
                ("get", TestOptions.AnyPath with { Pattern = "/get/{name}", Methods = ["GET"] }),
                ("limited", TestOptions.AnyPath with { Pattern = "/limited/{name}", RateLimits = ["by-ip"] }),
                ("users", TestOptions.AnyPath with { Pattern = "/users/{name}", Auth = RouteAuth.Required, RateLimits = ["by-user"] }));
        _pipeline = Pipeline(
            options with
            {
                TrustedProxies = ["10.0.0.0/8"],
                Auth = new AuthOptions { ServiceUrl = _auth.Url, SkipPaths = ["/nowhere/**"] },
                RateLimits = new Dictionary<string, RateLimitPolicyOptions>
                {
                    ["by-ip"] = new() { Key = RateLimitKeyKind.Ip, Capacity = 1, RefillPerSecond = 0.001 },
                    ["by-user"] = new() { Key = RateLimitKeyKind.User, Capacity = 1, RefillPerSecond = 0.001 },
                },
            });
    }

    public async Task DisposeAsync()
    {
        await _pipeline.DisposeAsync();
        await _auth.DisposeAsync();
    }

    [Fact]
    public async Task RandomPathsMethodsHostsAddressesAndUsers_AddNoSeries()
    {
        using var seen = new Series(_pipeline.Lasting.Metrics.Meter);
        for (int i = 0; i < Methods.Length; i++)
        {
            (string method, string address) = (Methods[i], $"192.0.2.{i}");
            foreach (string target in Kinds.SelectMany(static kind => Enumerable.Repeat($"{kind}known", 2)))
            {
                await AskAsync(method, target, "g", address, token: null);
            }

            await AskAsync(method, "/users/known", "g", address, token: null);
            await AskAsync(method, "/users/known", "g", address, "known");
            await AskAsync(method, "/users/known", "g", address, $"known-{method}");
        }

        string[] before = seen.Read();
        var random = new Random(4711);
        for (int i = 0; i < Requests; i++)
        {
            bool hasUser = i % WithAUser == 0;
            string word = random.NextInt64().ToString("x", CultureInfo.InvariantCulture);
            await AskAsync(
                random.Next(4) == 0 ? $"M{word}" : Methods[random.Next(Methods.Length)],
                $"{(hasUser ? "/users/" : Kinds[random.Next(Kinds.Length)])}{word}?{word}",
                $"{word}.example",
                new IPAddress(random.NextInt64(1L << 32)).ToString(),
                hasUser ? word : null);
        }

        seen.Read().Should().Equal(before);
        seen.Requests.Should().BeGreaterThan(Requests, "all of them were counted");
        before.Should().HaveCountGreaterThan(100);
    }

    private static GatewayPipeline Pipeline(GatewayOptions options) => new(options, NullLoggerFactory.Instance, static (in _) => { });

    private async Task AskAsync(string method, string target, string host, string address, string? token)
    {
        using var exchange = new FakeExchange(method, target);
        HttpContext http = exchange.Http;
        http.Request.Host = new HostString(host);
        http.Connection.RemoteIpAddress = IPAddress.Parse("10.0.0.1");
        http.Request.Headers["X-Forwarded-For"] = address;
        if (token is not null)
        {
            http.Request.Headers.Authorization = $"Bearer {token}";
        }

        await _pipeline.InvokeAsync(http);
    }

    /// <summary>The combinations of labels that the meter's instruments have had. For one thread at a time.</summary>
    private sealed class Series : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly HashSet<string> _names = [];

        public Series(Meter meter)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope ?? instrument.Meter, meter))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Note(instrument, value, labels));
            _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Note(instrument, value, labels));
            _listener.SetMeasurementEventCallback<int>((instrument, value, labels, _) => Note(instrument, value, labels));
            _listener.Start();
        }

        /// <summary>Requests counted at the last reading.</summary>
        public double Requests { get; private set; }

        public string[] Read()
        {
            Requests = 0;
            _listener.RecordObservableInstruments();
            return [.. _names.Order()];
        }

        public void Dispose() => _listener.Dispose();

        private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            string name = instrument.Name;
            foreach ((string label, object? text) in labels)
            {
                name = $"{name} {label}={text}";
            }

            _names.Add(name);
            Requests += instrument.Name == "gateway_requests_total" ? value : 0;
        }
    }
}
