using System.Net;
using OpenTelemetry.Exporter;

namespace Gateway.Host.Telemetry;

/// <summary>The way to a receiver for one exporter, on connections of its own, and what went wrong on it last.</summary>
/// <param name="options">With an endpoint.</param>
internal sealed class OtlpConnection(OtlpOptions options)
{
    private volatile string? _failure;

    /// <summary>What the last request to the receiver came to; null for an HTTP success.</summary>
    public string? Failure => _failure;

    public Uri Endpoint { get; } = new(options.Endpoint!);

    /// <summary>For the exporter. All that its own defaults would take from environment variables is said.</summary>
    /// <param name="signal">What it sends, as the paths of OTLP over HTTP name it; gRPC has names of its own.</param>
    public OtlpExporterOptions ToExporter(string signal) => new()
    {
        Endpoint = options.Protocol == OtlpProtocol.Grpc ? Endpoint : new Uri($"{Endpoint.AbsoluteUri.TrimEnd('/')}/v1/{signal}"),
        Protocol = options.Protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf,

        // Ours are added by the client, whole: the exporter would read the text as percent-encoded and divided by commas.
        Headers = "",
        TimeoutMilliseconds = (int)options.Timeout.TotalMilliseconds,
        HttpClientFactory = CreateClient,
    };

#pragma warning disable RS0030 // The exporter takes nothing but an HttpClient; it reads no answers to the end that matter.
    private HttpClient CreateClient()
    {
        var client = new HttpClient(new Noting(this, new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.Timeout,

            // So that a receiver behind a name is found again where it has moved to.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }))
        {
            Timeout = options.Timeout,
        };
        foreach ((string name, string value) in options.Headers)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }

        return client;
    }
#pragma warning restore RS0030

    /// <summary>Notes how requests end. The exporter itself keeps that for its own event source.</summary>
    private sealed class Noting(OtlpConnection connection, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return Note(base.Send(request, cancellationToken));
            }
            catch (Exception failure)
            {
                Note(failure);
                throw;
            }
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return Note(await base.SendAsync(request, cancellationToken));
            }
            catch (Exception failure)
            {
                Note(failure);
                throw;
            }
        }

        private HttpResponseMessage Note(HttpResponseMessage response)
        {
            connection._failure = response.StatusCode == HttpStatusCode.OK ? null : $"it answers {(int)response.StatusCode}";
            return response;
        }

        private void Note(Exception failure) =>
            connection._failure = failure is OperationCanceledException ? "it does not answer in time" : failure.Message;
    }
}
