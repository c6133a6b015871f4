using System.Net;
using Gateway.Host.Serving;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Kit;

/// <summary>A Grpc.AspNetCore server on loopback with a service of all four call shapes, whose messages are text.</summary>
internal sealed class GrpcInstance : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GrpcInstance(WebApplication app) => _app = app;

    public string Url => _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();

    public static async Task<GrpcInstance> StartAsync(TextService service)
    {
        WebApplicationBuilder builder = EmptyApplication.CreateBuilder(NullLoggerFactory.Instance);
        builder.WebHost.ConfigureKestrel(static kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(service);
        builder.Services.AddGrpc(static grpc => grpc.MaxReceiveMessageSize = null);
        WebApplication app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<TextService>();
        await app.StartAsync();
        return new GrpcInstance(app);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}

/// <summary>The service's methods as a client calls them.</summary>
internal static class TextMethods
{
    public static readonly Method<string, string> Unary = Of(MethodType.Unary, nameof(TextService.Unary));
    public static readonly Method<string, string> Collect = Of(MethodType.ClientStreaming, nameof(TextService.Collect));
    public static readonly Method<string, string> Split = Of(MethodType.ServerStreaming, nameof(TextService.Split));
    public static readonly Method<string, string> Chat = Of(MethodType.DuplexStreaming, nameof(TextService.Chat));

    private static Method<string, string> Of(MethodType type, string name) =>
        new(type, "test.Text", name, Marshallers.StringMarshaller, Marshallers.StringMarshaller);
}

/// <summary>The form in which Grpc.AspNetCore looks for a service's methods: what protoc would generate.</summary>
[BindServiceMethod(typeof(TextServiceBase), nameof(Bind))]
internal abstract class TextServiceBase
{
    public static void Bind(ServiceBinderBase binder, TextServiceBase? service)
    {
        binder.AddMethod(TextMethods.Unary, service is null ? null : service.Unary);
        binder.AddMethod(TextMethods.Collect, service is null ? null : service.Collect);
        binder.AddMethod(TextMethods.Split, service is null ? null : service.Split);
        binder.AddMethod(TextMethods.Chat, service is null ? null : service.Chat);
    }

    public abstract Task<string> Unary(string request, ServerCallContext context);

    public abstract Task<string> Collect(IAsyncStreamReader<string> requests, ServerCallContext context);

    public abstract Task Split(string request, IServerStreamWriter<string> responses, ServerCallContext context);

    public abstract Task Chat(IAsyncStreamReader<string> requests, IServerStreamWriter<string> responses, ServerCallContext context);
}

/// <summary>Does what the test says; what it does not say echoes.</summary>
internal sealed class TextService : TextServiceBase
{
    public Func<string, ServerCallContext, Task<string>> OnUnary { get; init; } = static (text, _) => Task.FromResult(text);

    public Func<IAsyncStreamReader<string>, IServerStreamWriter<string>, ServerCallContext, Task> OnChat { get; init; } = static async (reader, writer, _) =>
    {
        await foreach (string text in reader.ReadAllAsync())
        {
            await writer.WriteAsync(text);
        }
    };

    public Func<string, IServerStreamWriter<string>, ServerCallContext, Task> OnSplit { get; init; } = static async (text, writer, _) =>
    {
        foreach (string word in text.Split(' '))
        {
            await writer.WriteAsync(word);
        }
    };

    public override Task<string> Unary(string request, ServerCallContext context) => OnUnary(request, context);

    public override async Task<string> Collect(IAsyncStreamReader<string> requests, ServerCallContext context)
    {
        var all = new List<string>();
        await foreach (string text in requests.ReadAllAsync(context.CancellationToken))
        {
            all.Add(text);
        }

        return string.Join(' ', all);
    }

    public override Task Split(string request, IServerStreamWriter<string> responses, ServerCallContext context) => OnSplit(request, responses, context);

    public override Task Chat(IAsyncStreamReader<string> requests, IServerStreamWriter<string> responses, ServerCallContext context) =>
        OnChat(requests, responses, context);
}
