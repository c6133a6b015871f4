namespace Gateway.Core.Backends;

/// <summary>What happened to a feed.</summary>
internal enum FeedEvent
{
    /// <summary>Other instances get requests now.</summary>
    Changed,

    /// <summary>The source does not hear anything any more.</summary>
    Lost,

    /// <summary>It hears something again.</summary>
    Found,
}

/// <summary>What an <see cref="InstanceSource"/> knows of one service: its last answer, which stays in use whatever happens to the source.
/// Safe from any thread.</summary>
public sealed class InstanceFeed
{
    private readonly TimeProvider _clock;
    private readonly Action<InstanceFeed, FeedEvent> _told;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile InstanceOptions[] _instances = [];
    private string? _failure;
    private bool _isLive;
    private long _lastWord;
    private long _answers;

    /// <param name="service">Name of the service in the configuration.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="told">Learns what happens, under no lock; events may overtake each other. Must neither block nor throw.</param>
    internal InstanceFeed(string service, TimeProvider clock, Action<InstanceFeed, FeedEvent> told)
    {
        (Service, _clock, _told, _lastWord) = (service, clock, told, clock.GetTimestamp());
    }

    /// <summary>Name of the service in the configuration.</summary>
    public string Service { get; }

    /// <summary>Those that get new requests: the ones that are ready, or, while there are none, those that are about to leave. Ordered by address.</summary>
    internal IReadOnlyList<InstanceOptions> Instances => _instances;

    /// <summary>Completes with the first answer.</summary>
    internal Task Answered => _answered.Task;

    /// <summary>How many there were.</summary>
    internal long Answers => Volatile.Read(ref _answers);

    /// <summary>Why nothing is heard; null while the source is well, and before it has said anything.</summary>
    internal string? Failure => Volatile.Read(ref _failure);

    /// <summary>Time since the source's last word, or since the feed began; zero while the source hears what happens.</summary>
    internal TimeSpan Staleness
    {
        get
        {
            lock (_gate)
            {
                return _isLive ? TimeSpan.Zero : _clock.GetElapsedTime(_lastWord);
            }
        }
    }

    /// <summary>The source has an answer, the same as before or another, and hears of changes from now on. Of more than 1,000 instances
    /// the first in the order of their addresses are taken; of several with one address, the one that is ready.</summary>
    /// <param name="instances">All that there are; none means that the service has none.</param>
    /// <exception cref="ArgumentException">An address or a weight is not as <see cref="InstanceOptions"/> says; nothing has changed.</exception>
    public void Report(IReadOnlyList<DiscoveredInstance> instances)
    {
        InstanceOptions[] next = InService(instances);
        bool isChanged, isFound;
        lock (_gate)
        {
            isFound = _failure is not null;
            Volatile.Write(ref _answers, _answers + 1);
            isChanged = !next.SequenceEqual(_instances);
            _instances = isChanged ? next : _instances;
            (_failure, _isLive, _lastWord) = (null, true, _clock.GetTimestamp());
        }

        if (isFound)
        {
            _told(this, FeedEvent.Found);
        }

        if (isChanged)
        {
            _told(this, FeedEvent.Changed);
        }

        _answered.TrySetResult();
    }

    /// <summary>The source cannot hear anything now: its last answer stays in use.</summary>
    /// <param name="failure">Why, in a few words for a log.</param>
    public void ReportFailure(string failure)
    {
        bool isNew;
        lock (_gate)
        {
            isNew = _failure is null;
            (_failure, _isLive) = (failure, false);
        }

        if (isNew)
        {
            _told(this, FeedEvent.Lost);
        }
    }

    private static InstanceOptions[] InService(IReadOnlyList<DiscoveredInstance> instances)
    {
        DiscoveredInstance[] distinct =
        [
            .. instances.OrderBy(static one => one.State).DistinctBy(static one => OriginOf(one)).OrderBy(static one => one.Url, StringComparer.Ordinal),
        ];
        DiscoveredInstance[] ready = [.. distinct.Where(static one => one.State == DiscoveredState.Ready)];
        return
        [
            .. (ready.Length > 0 ? ready : distinct).Take(ServiceOptions.MaxInstances)
                .Select(static one => new InstanceOptions { Url = one.Url, Weight = one.Weight, Authority = one.Authority }),
        ];
    }

    private static string OriginOf(DiscoveredInstance instance)
    {
        if (!InstanceOptions.TryParseUrl(instance.Url, out Uri address))
        {
            throw new ArgumentException($"'{instance.Url}' is not an instance's address.", nameof(instance));
        }

        return instance.Weight is >= InstanceOptions.MinWeight and <= InstanceOptions.MaxWeight
            ? address.GetLeftPart(UriPartial.Authority)
            : throw new ArgumentException($"{instance.Weight} is not the weight of an instance.", nameof(instance));
    }
}
