using System.Buffers;
using System.Text.Json;
using Gateway.Core.Backends;

namespace Gateway.Host.Kubernetes;

/// <summary>
/// Finds instances by the Kubernetes API: lists the endpoint slices of a service, then watches what becomes of them. Whoever runs it takes care of
/// failures: they are thrown, and all begins anew with a list. Until then what was reported last stays. Safe from any thread.
/// </summary>
/// <param name="options">Valid ones.</param>
/// <param name="access">How the API is reached.</param>
/// <param name="log">Gets what is no failure, but should be known.</param>
/// <param name="clock">For timeouts.</param>
/// <remarks>
/// Without the package KubernetesClient, measured in the ahead-of-time build, version 21.0.8: its variant for that (KubernetesClient.Aot) makes the
/// binary 44.2 MB instead of 24.3 MB, and a gateway that is not in a cluster at all 67 MB of resident memory instead of 39 MB; and it leaves out the
/// package's watching, so that what is here would be needed all the same.
/// </remarks>
internal sealed class KubernetesSource(KubernetesOptions options, KubernetesAccess access, ILogger log, TimeProvider clock)
{
    /// <summary>A watch that ended sooner than this, without a word, has failed: to begin another at once would be a busy loop.</summary>
    internal static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    /// <summary>Lists in a row that the API server knew nothing of when a watch was to go on from them. Once it may be; count.</summary>
    private const int MostInVain = 2;

    /// <summary>What a watch is given beyond the time that the API server was asked to keep to.</summary>
    internal static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    /// <summary>The <see cref="InstanceSource"/>.</summary>
    public async Task FollowAsync(DiscoveryOptions discovery, InstanceFeed feed, CancellationToken stop)
    {
        string at = access.Namespace(discovery.Namespace);
        using var api = new KubernetesApi(access, discovery, at, clock);
        var slices = new EndpointSlices(discovery, at);
        bool isNameLogged = false;
        for (int inVain = 0; inVain < MostInVain;)
        {
            if (await api.ListAsync(stop) is not { } list)
            {
                inVain++;
                continue;
            }

            slices.Replace(list.Slices);
            feed.Report(slices.Instances());
            if (slices.HaveNames && !isNameLogged)
            {
                isNameLogged = true;
                KubernetesLog.NamesLeftOut(log, feed.Service);
            }

            inVain = await WatchUntilGoneAsync(api, slices, feed, list.Version, stop) ? 0 : inVain + 1;
        }

        throw new KubernetesException("the API server does not know any more what it has just listed");
    }

    /// <summary>Watches again and again, each time from where the last watch ended, until the API does not know that place any more.</summary>
    /// <returns>Whether it was worth the list: something was heard, or nothing for a while.</returns>
    private async Task<bool> WatchUntilGoneAsync(KubernetesApi api, EndpointSlices slices, InstanceFeed feed, string version, CancellationToken stop)
    {
        var place = new Place(version);
        long first = clock.GetTimestamp();
        bool hasHeard = false;
        while (!place.IsGone)
        {
            long begun = clock.GetTimestamp();
            place.Words = 0;
            using HttpResponseMessage? response = await api.WatchAsync(place.Version, options.WatchTimeout, stop);
            if (response is null)
            {
                break;
            }

            // Nothing has happened since, or is about to be told.
            feed.Report(slices.Instances());
            await WatchAsync(response, slices, feed, place, stop);
            hasHeard |= place.Words > 0;
            if (place is { Words: 0, IsGone: false } && clock.GetElapsedTime(begun) < ShortestWatch)
            {
                throw new KubernetesException("the API server ended the watch as soon as it had begun");
            }
        }

        return hasHeard || clock.GetElapsedTime(first) >= ShortestWatch;
    }

    /// <summary>Takes in what one watch tells, until it ends, falls silent or breaks.</summary>
    private async Task WatchAsync(HttpResponseMessage response, EndpointSlices slices, InstanceFeed feed, Place place, CancellationToken stop)
    {
        using var whole = new CancellationTokenSource(options.WatchTimeout + Margin, clock);
        using var silence = new CancellationTokenSource(options.SilenceTimeout, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(whole.Token, silence.Token, stop);
        try
        {
            await using Stream stream = await response.Content.ReadAsStreamAsync(any.Token);
            await using var lines = new WatchLines(stream);
            while (!place.IsGone && await lines.NextAsync(() => silence.CancelAfter(options.SilenceTimeout), any.Token) is { } line)
            {
                Take(line, slices, place);
                feed.Report(slices.Instances());
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Silent for too long, or longer than was asked for: another watch goes on where this one was.
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            // So does one after a connection that broke; if the API server is away, that one will say so.
        }
    }

    private static void Take(ReadOnlySequence<byte> line, EndpointSlices slices, Place place)
    {
        WatchEvent told = Parse(line);
        EndpointSlice slice = told.Object ?? throw new KubernetesException("an event of the watch has no object");
        place.Words++;
        switch (told.Type)
        {
            case "ADDED" or "MODIFIED":
                slices.Set(slice);
                break;
            case "DELETED":
                slices.Remove(slice);
                break;
            case "ERROR" when slice.Code == 410:
                place.Words--;
                place.IsGone = true;
                return;
            case "ERROR":
                throw new KubernetesException($"the watch ended with the error {slice.Code} ({slice.Message})");
        }

        // Of a bookmark it is all that is told.
        place.Version = slice.Metadata?.ResourceVersion is { Length: > 0 } version ? version : place.Version;
    }

    private static WatchEvent Parse(ReadOnlySequence<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            return JsonSerializer.Deserialize(ref reader, KubernetesJson.Default.WatchEvent) ?? throw new KubernetesException("an event of the watch is null");
        }
        catch (JsonException)
        {
            throw new KubernetesException("an event of the watch is no such event");
        }
    }

    /// <summary>Where a watch is.</summary>
    private sealed class Place(string version)
    {
        /// <summary>From which the next watch goes on.</summary>
        public string Version { get; set; } = version;

        /// <summary>Events of the watch under way.</summary>
        public int Words { get; set; }

        /// <summary>The API does not know the version any more.</summary>
        public bool IsGone { get; set; }
    }
}
