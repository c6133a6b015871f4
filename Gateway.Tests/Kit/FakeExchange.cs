using Gateway.Core.Context;
using Gateway.Core.Reception;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Kit;

/// <summary>
/// One request and its response without a server, which behaves like one where it matters: the first byte starts the response, that
/// runs what waits for the start, and Abort is noted.
/// </summary>
internal sealed class FakeExchange : IHttpRequestLifetimeFeature, IDisposable
{
    private readonly Response _response = new();
    private readonly Body _body;
    private readonly CancellationTokenSource _aborted = new();

    /// <param name="method">Of the request.</param>
    /// <param name="target">As it stands in the request line.</param>
    /// <param name="protocol">Of the client.</param>
    public FakeExchange(string method = "GET", string target = "/", string protocol = "HTTP/1.1")
    {
        _body = new Body(_response);
        Http = new DefaultHttpContext();
        Http.Features.Set<IHttpResponseFeature>(_response);
        Http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(_body));
        Http.Features.Set<IHttpRequestLifetimeFeature>(this);
        Http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        if (PathNormalizer.Normalize(target) is { Problem: null } sent)
        {
            // A server, too, resolves dots and decodes.
            (Http.Request.Path, Http.Request.QueryString) = (PathString.FromUriComponent(sent.Path), new QueryString(sent.Query));
        }

        (Http.Request.Method, Http.Request.Protocol, Http.Request.Scheme) = (method, protocol, "http");
        Http.Request.Host = new HostString("gateway.example");
        RequestAborted = _aborted.Token;
    }

    public DefaultHttpContext Http { get; }

    public IHeaderDictionary Headers => Http.Response.Headers;

    public CancellationToken RequestAborted { get; set; }

    public bool WasAborted { get; private set; }

    /// <summary>What writing the response's body throws; null lets it through.</summary>
    public Exception? WriteFailure { set => _body.Failure = value; }

    public string Written => System.Text.Encoding.UTF8.GetString(_body.ToArray());

    public GatewayContext Context() => new(Http, startedAt: 0) { CorrelationId = "c-1", TraceParent = $"00-{new string('a', 32)}-{new string('b', 16)}-00" };

    /// <summary>The response begins, as it does with its first byte, or when the application is done.</summary>
    public Task StartAsync() => _response.StartAsync();

    /// <summary>The application is done: the response starts if it has not, and what waits in its writer leaves.</summary>
    public async Task EndAsync()
    {
        await StartAsync();
        await Http.Response.BodyWriter.FlushAsync();
    }

    /// <summary>The client leaves.</summary>
    public Task LeaveAsync() => _aborted.CancelAsync();

    public void Abort() => WasAborted = true;

    public void Dispose()
    {
        _aborted.Dispose();
        _body.Dispose();
    }

    private sealed class Response : HttpResponseFeature
    {
        private readonly Stack<(Func<object, Task> Callback, object State)> _starting = new();
        private bool _started;

        public override bool HasStarted => _started;

        public override void OnStarting(Func<object, Task> callback, object state) => _starting.Push((callback, state));

        public async Task StartAsync()
        {
            while (!_started && _starting.TryPop(out (Func<object, Task> Callback, object State) next))
            {
                await next.Callback(next.State);
            }

            _started = true;
        }
    }

    private sealed class Body(Response response) : MemoryStream
    {
        public Exception? Failure { get; set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Failure is not null)
            {
                throw Failure;
            }

            await response.StartAsync();
            await base.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
