using System.Globalization;
using System.Net.Http.Headers;
using Gateway.Core.Proxying;
using Gateway.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Benchmarks.Allocations;

/// <summary>
/// The least that a relay on Kestrel and SocketsHttpHandler can do: the headers that the gateway sends, here always the same, one message,
/// the answer's headers, its body in one piece. Set up as the gateway sets both up.
/// </summary>
internal sealed class FloorRelay : IAsyncDisposable
{
    private static readonly (string Name, string Value)[] Headers =
    [
        ("Authorization", QuietClient.Authorization),
        ("User-Agent", "quiet/1"),
        ("X-Correlation-ID", "0123456789abcdef0123456789abcdef"),
        ("traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00"),
        ("Via", "1.1 gateway"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Host", "127.0.0.1"),
        ("X-User-ID", "user-42"),
        ("X-User-Roles", "customer"),
        ("X-User-Tier", "gold"),
    ];

    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly WebApplication _server;
    private readonly HttpMessageInvoker _instance = new(ServiceConnections.CreateHandler(TimeSpan.FromSeconds(5)));
    private readonly string _origin;
    private readonly Uri? _fixed;

    private FloorRelay(int instancePort, bool fixedAddress)
    {
        _origin = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{instancePort}");
        _fixed = fixedAddress ? new Uri($"{_origin}/api/products/42?x=1") : null;
        WebApplicationBuilder builder = EmptyApplication.CreateBuilder(NullLoggerFactory.Instance);
        builder.Services.Configure<SocketTransportOptions>(static sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
        });
        _server = builder.Build();
        _server.Run(RelayAsync);
    }

    public int Port => new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    /// <param name="instancePort">Where it relays to.</param>
    /// <param name="fixedAddress">Whether every request goes to the same address, made once; else to the one that the client named.</param>
    public static async Task<FloorRelay> StartAsync(int instancePort, bool fixedAddress)
    {
        var relay = new FloorRelay(instancePort, fixedAddress);
        await relay._server.StartAsync();
        return relay;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _instance.Dispose();
    }

    private async Task RelayAsync(HttpContext http)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, _fixed ?? new Uri(_origin + http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, Verbatim));
        foreach ((string name, string value) in Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage answer = await _instance.SendAsync(message, CancellationToken.None);
        http.Response.StatusCode = (int)answer.StatusCode;
        Copy(answer.Headers.NonValidated, http.Response.Headers);
        Copy(answer.Content.Headers.NonValidated, http.Response.Headers);
        http.Response.Headers["X-Correlation-ID"] = "0123456789abcdef0123456789abcdef";
        http.Response.Headers["RateLimit"] = "\"per-ip\";r=1;t=1";
        http.Response.Headers["RateLimit-Policy"] = "\"per-ip\";q=1;w=1";
        http.Response.Headers.Via = "1.1 gateway";
        Stream body = await answer.Content.ReadAsStreamAsync();
        int read = await body.ReadAsync(http.Response.BodyWriter.GetMemory((int)http.Response.ContentLength!.Value));
        http.Response.BodyWriter.Advance(read);
    }

    private static void Copy(HttpHeadersNonValidated from, IHeaderDictionary to)
    {
        foreach ((string name, HeaderStringValues values) in from)
        {
            to[name] = values.ToString();
        }
    }
}
