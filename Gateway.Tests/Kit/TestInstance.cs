using System.IO.Pipelines;
using System.Net;
using Gateway.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Kit;

/// <summary>A real service instance on loopback and a port of its own, that answers as the test says.</summary>
internal sealed class TestInstance : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private TestInstance(WebApplication app) => _app = app;

    public string Url => _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();

    /// <summary>Requests that arrived.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public static async Task<TestInstance> StartAsync(RequestDelegate answer, HttpProtocols protocols = HttpProtocols.Http1)
    {
        WebApplicationBuilder builder = EmptyApplication.CreateBuilder(NullLoggerFactory.Instance);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.RequestHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
        });
        WebApplication app = builder.Build();
        var instance = new TestInstance(app);
        app.Run(http =>
        {
            Interlocked.Increment(ref instance._requests);
            return answer(http);
        });
        await app.StartAsync();
        return instance;
    }

    /// <summary>Answers every request with what it got: method, target, headers and body, as text.</summary>
    public static Task<TestInstance> StartEchoAsync(HttpProtocols protocols = HttpProtocols.Http1) => StartAsync(EchoAsync, protocols);

    /// <summary>Answers at once, and sends each piece of the request's body back as it comes.</summary>
    public static async Task StreamBackAsync(HttpContext http)
    {
        await http.Response.Body.FlushAsync();
        ReadResult read;
        do
        {
            read = await http.Request.BodyReader.ReadAsync();
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
            {
                await http.Response.Body.WriteAsync(piece);
            }

            http.Request.BodyReader.AdvanceTo(read.Buffer.End);
            await http.Response.Body.FlushAsync();
        }
        while (!read.IsCompleted);
    }

    /// <summary>Closes its port and idle connections, and lets requests under way end.</summary>
    public Task FinishAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static async Task EchoAsync(HttpContext http)
    {
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        using var reader = new StreamReader(http.Request.Body);
        string body = await reader.ReadToEndAsync();
        IEnumerable<string> headers = http.Request.Headers.SelectMany(header => header.Value.Select(value => $"{header.Key}: {value}"));
        byte[] seen = System.Text.Encoding.Latin1.GetBytes($"{http.Request.Method} {target}\n{string.Join('\n', headers)}\n\n{body}");
        http.Response.ContentLength = seen.Length;
        await http.Response.Body.WriteAsync(seen);
    }
}
