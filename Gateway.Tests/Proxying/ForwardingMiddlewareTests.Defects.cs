using System.IO.Pipelines;
using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Proxying;
using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Proxying;

/// <summary>What must hold even when an exchange ends by a defect of our own.</summary>
public sealed class ForwardingMiddlewareDefectTests
{
    /// <summary>The body belongs to the server again once the request is over, however it ended.</summary>
    [Fact]
    public async Task ExchangeThatThrows_LeavesTheClientsBodyAlone()
    {
        var client = new Pipe(new PipeOptions(useSynchronizationContext: false));
        using var exchange = new FakeExchange("POST", protocol: "HTTP/2");
        exchange.Http.Features.Set<IHttpRequestBodyDetectionFeature>(new HasBody());
        exchange.Http.Features.Set<IRequestBodyPipeFeature>(new BodyOf(client.Reader));
        using var handler = new DuplexHandler();
        using var timers = new AttemptTimers(TimeProvider.System);
        using var connections = new ServiceConnections(new ServiceOptions { Http2 = true }, handler);
        GatewayContext context = exchange.Context();
        context.Route = Given.Route(TestOptions.AnyPath);
        Given.Attempt(context, context.Route.Service);
        using var metrics = new GatewayMetrics();
        await using var mirrors = new Mirrors([context.Route], static (_, _) => throw new NotSupportedException(), metrics, TimeProvider.System);
        var forwarder = new ForwardingMiddleware(
            [connections], [0], new ResponseHeaders(ownsCors: false), mirrors, timers, TimeProvider.System, CancellationToken.None);

        await FluentActions.Awaiting(() => forwarder.InvokeAsync(context)).Should().ThrowAsync<NotSupportedException>();

        FluentActions.Invoking(() => client.Reader.TryRead(out _)).Should().NotThrow("nobody else is reading it");
    }

    private sealed record BodyOf(PipeReader Reader) : IRequestBodyPipeFeature;

    private sealed class HasBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }

    /// <summary>Answers while the request's body goes on, with content that cannot be read.</summary>
    private sealed class DuplexHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _ = request.Content!.CopyToAsync(Stream.Null, cancellationToken);
            return Task.FromResult(new HttpResponseMessage { Content = new Unreadable(), Version = HttpVersion.Version20 });
        }
    }

    private sealed class Unreadable : HttpContent
    {
        protected override Task<Stream> CreateContentReadStreamAsync() => throw new NotSupportedException();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new NotSupportedException();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
