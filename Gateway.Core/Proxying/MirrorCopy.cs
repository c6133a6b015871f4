using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Context;

namespace Gateway.Core.Proxying;

/// <summary>A copy of a request that outlives it: the message is made while the request is there, its address and its body are added later.</summary>
internal sealed class MirrorCopy : IDisposable
{
    private readonly string _path;
    private readonly string _query;
    private readonly Body? _body;

    /// <param name="context">The request.</param>
    /// <param name="hasBody">Whether a body is to come.</param>
    /// <param name="isHttp2">Whether the service that gets the copy speaks HTTP/2.</param>
    public MirrorCopy(GatewayContext context, bool hasBody, bool isHttp2)
    {
        (_path, _query, _body) = (context.Path, context.Query, hasBody ? new Body() : null);
        Message = RequestMessage.Create(context, address: null, _body, isHttp2);
    }

    public HttpRequestMessage Message { get; }

    public bool HasBody => _body is not null;

    /// <summary>The request's whole body has come.</summary>
    public void Fill(byte[] body) => _body!.Bytes = body;

    /// <summary>Tells where the copy goes.</summary>
    /// <param name="instance">Gets it.</param>
    /// <param name="stripSegments">Leading segments of the path that it does not see.</param>
    /// <param name="sent">Is called when the body is sent.</param>
    public void Address(ServiceInstance instance, int stripSegments, Action sent)
    {
        Message.RequestUri = ForwardedUri.Build(instance.Origin, _path, stripSegments, _query);
        RequestMessage.NameHost(Message, instance);
        _body?.Sent = sent;
    }

    public void Dispose() => Message.Dispose();

    private sealed class Body : HttpContent
    {
        public byte[] Bytes { get; set; } = [];

        public Action? Sent { get; set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(Bytes, cancellationToken);
            Sent?.Invoke();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = Bytes.Length;
            return true;
        }
    }
}
