using System.Globalization;
using System.Text.Json;
using Gateway.Core.Backends;

namespace Gateway.Host.Kubernetes;

/// <summary>Lists and watches the endpoint slices of one service: one resource, two verbs of the API. Owns its connections. Used by one at a time.</summary>
/// <param name="access">How the API is reached.</param>
/// <param name="discovery">Says the service.</param>
/// <param name="at">The service's namespace.</param>
/// <param name="clock">For timeouts.</param>
internal sealed class KubernetesApi(KubernetesAccess access, DiscoveryOptions discovery, string at, TimeProvider clock) : IDisposable
{
    /// <summary>Slices in a page of a list; with at most 1,000 endpoints in each of them a page stays below <see cref="MaxPageBytes"/>.</summary>
    internal const int PageSize = 20;

    internal const int MaxPageBytes = 16 << 20;

    /// <summary>For a page of a list, and for the head of a watch.</summary>
    internal static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private const int LongestReason = 300;

    private readonly HttpMessageInvoker _connections = access.Connect();
    private readonly Uri _url = new(access.Url(),
        $"/apis/discovery.k8s.io/v1/namespaces/{at}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3D{discovery.Service}");

    /// <summary>All slices as they are now, and the version from which a watch goes on. Null when the API has lost the place between two pages.</summary>
    /// <exception cref="KubernetesException">The API could not be asked, refused, or its answer is none.</exception>
    public async Task<(List<EndpointSlice> Slices, string Version)?> ListAsync(CancellationToken stop)
    {
        var slices = new List<EndpointSlice>();
        string? page = null;
        do
        {
            using var timeout = new CancellationTokenSource(AnswerTimeout, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
            using HttpResponseMessage response = await AskAsync(
                string.Create(CultureInfo.InvariantCulture, $"&limit={PageSize}") + (page is null ? "" : "&continue=" + Uri.EscapeDataString(page)), either.Token, stop);
            if (response.StatusCode == System.Net.HttpStatusCode.Gone)
            {
                return null;
            }

            EndpointSliceList list = await ReadPageAsync(response, either.Token, stop);
            slices.AddRange(list.Items ?? []);
            page = list.Metadata?.Continue;
            if (string.IsNullOrEmpty(page))
            {
                return (slices, list.Metadata?.ResourceVersion ?? throw new KubernetesException("the list of endpoint slices has no resourceVersion"));
            }
        }
        while (slices.Count <= EndpointSlices.MaxSlices);
        throw new KubernetesException($"the service has more than {EndpointSlices.MaxSlices} endpoint slices");
    }

    /// <summary>Begins to watch what comes after a version. Null when the API does not know it any more.</summary>
    /// <param name="version">Of a list, or of an event.</param>
    /// <param name="timeout">How long the API is to send.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="KubernetesException">The API could not be asked, or refused.</exception>
    public async Task<HttpResponseMessage?> WatchAsync(string version, TimeSpan timeout, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(AnswerTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        HttpResponseMessage response = await AskAsync(
            string.Create(CultureInfo.InvariantCulture,
                $"&watch=true&allowWatchBookmarks=true&resourceVersion={Uri.EscapeDataString(version)}&timeoutSeconds={(int)timeout.TotalSeconds}"),
            either.Token, stop);
        if (response.StatusCode == System.Net.HttpStatusCode.Gone)
        {
            response.Dispose();
            return null;
        }

        return response;
    }

    public void Dispose() => _connections.Dispose();

    /// <summary>Sends a request; returns when the answer's head has come, if it is 200 or 410.</summary>
    private async Task<HttpResponseMessage> AskAsync(string query, CancellationToken either, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_url + query));
        request.Headers.Authorization = access.Authorization();
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.UserAgent.ParseAdd("gateway-discovery");
        try
        {
            HttpResponseMessage response = await _connections.SendAsync(request, either);
            if (response.StatusCode is System.Net.HttpStatusCode.OK or System.Net.HttpStatusCode.Gone)
            {
                return response;
            }

            using (response)
            {
                throw new KubernetesException(await RefusalAsync(response, either));
            }
        }
        catch (Exception failure) when (!stop.IsCancellationRequested && Explain(failure) is { } explained)
        {
            throw explained;
        }
    }

    private static async Task<EndpointSliceList> ReadPageAsync(HttpResponseMessage response, CancellationToken either, CancellationToken stop)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxPageBytes, either);
            return JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(either), KubernetesJson.Default.EndpointSliceList)
                ?? throw new KubernetesException("the list of endpoint slices is null");
        }
        catch (Exception failure) when (!stop.IsCancellationRequested && Explain(failure) is { } explained)
        {
            throw explained;
        }
    }

    private static KubernetesException? Explain(Exception failure) => failure switch
    {
        OperationCanceledException => new KubernetesException(
            string.Create(CultureInfo.InvariantCulture, $"the API server did not answer within {AnswerTimeout.TotalSeconds:0} s")),
        HttpRequestException or IOException => new KubernetesException($"the API server cannot be reached: {(failure.InnerException ?? failure).Message}"),
        JsonException => new KubernetesException("the list of endpoint slices is no such list"),
        _ => null,
    };

    /// <summary>What the API server said, with what may be done about it.</summary>
    private async Task<string> RefusalAsync(HttpResponseMessage response, CancellationToken either)
    {
        int status = (int)response.StatusCode;
        string help = status switch
        {
            401 => "; the token is not accepted, it is read anew each time",
            403 => $"; the service account needs get, list and watch of endpointslices (discovery.k8s.io) in the namespace {at}",
            _ => "",
        };
        string reason = "";
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxPageBytes, either);
            EndpointSlice? said = JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(either), KubernetesJson.Default.EndpointSlice);
            reason = said?.Message is { Length: > 0 } message ? $" ({message[..Math.Min(message.Length, LongestReason)]})" : "";
        }
        catch (Exception failure) when (failure is JsonException or HttpRequestException or IOException)
        {
            // The status says enough.
        }

        return $"the API server answered {status}{reason}{help}";
    }
}
