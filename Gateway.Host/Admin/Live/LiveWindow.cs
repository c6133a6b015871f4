using Gateway.Core.Telemetry;

namespace Gateway.Host.Admin.Live;

/// <summary>
/// What has gone through one thing lately: rates and quantiles in which each second counts four fifths of the one after it, so that they speak of
/// about the last five. For one thread at a time.
/// </summary>
/// <param name="figures">Count for ever; what was counted before the first look is no part of it.</param>
internal sealed class LiveWindow(TrafficFigures figures)
{
    /// <summary>What a second is worth after another.</summary>
    internal const double Keep = 0.8;

    /// <summary>Less than this many requests, weighted, say nothing about how long they take.</summary>
    private const double Few = 0.1;

    private readonly double[] _durations = new double[LatencyHistogram.Buckets];
    private readonly long[] _counted = CountsOf(figures.Durations);
    private long _finished = figures.Finished.Value, _clientErrors = figures.ClientErrors.Value, _serverErrors = figures.ServerErrors.Value;
    private double _weight, _sum, _clientSum, _serverSum, _timed;

    /// <summary>Seconds since something was finished.</summary>
    public double Idle { get; private set; } = double.PositiveInfinity;

    public double PerSecond => _weight == 0 ? 0 : _sum / _weight;

    /// <summary>Null when nothing was finished.</summary>
    public double? ClientErrorShare => ShareOf(_clientSum);

    /// <summary>Null when nothing was finished.</summary>
    public double? ServerErrorShare => ShareOf(_serverSum);

    /// <summary>Takes in what has been counted since the last look.</summary>
    /// <param name="seconds">Since that.</param>
    public void Look(double seconds)
    {
        double keep = Math.Pow(Keep, seconds);
        long finished = figures.Finished.Value;
        Idle = finished == _finished ? Idle + seconds : 0;
        (_weight, _sum) = ((_weight * keep) + seconds, (_sum * keep) + finished - _finished);
        _clientSum = (_clientSum * keep) + Since(ref _clientErrors, figures.ClientErrors);
        _serverSum = (_serverSum * keep) + Since(ref _serverErrors, figures.ServerErrors);
        _finished = finished;
        if (_sum < Few)
        {
            (_sum, _clientSum, _serverSum) = (0, 0, 0);
        }

        if (_timed > 0 || Idle == 0)
        {
            LookAtDurations(keep);
        }
    }

    /// <summary>Not all that is finished has a duration: an attempt without an answer, one that took a body.</summary>
    private void LookAtDurations(double keep)
    {
        _timed = 0;
        for (int bucket = 0; bucket < _durations.Length; bucket++)
        {
            long counted = figures.Durations[bucket];
            _durations[bucket] = (_durations[bucket] * keep) + counted - _counted[bucket];
            _counted[bucket] = counted;
            _timed += _durations[bucket];
        }

        if (_timed < Few)
        {
            Array.Clear(_durations);
            _timed = 0;
        }
    }

    /// <summary>Milliseconds within which a share of them ended; null when there were none.</summary>
    public double? Quantile(double share) => Quantile(_durations, _timed, share);

    /// <summary>Adds this to what several did together.</summary>
    public void AddTo(LiveSum sum)
    {
        double weight = _weight == 0 ? 1 : _weight;
        sum.PerSecond += _sum / weight;
        sum.ServerErrorsPerSecond += _serverSum / weight;
        sum.Timed += _timed;
        if (_timed > 0)
        {
            for (int bucket = 0; bucket < _durations.Length; bucket++)
            {
                sum.Durations[bucket] += _durations[bucket];
            }
        }
    }

    internal static double? Quantile(double[] durations, double all, double share)
    {
        if (all < Few)
        {
            return null;
        }

        double below = 0, wanted = share * all;
        for (int bucket = 0; bucket < durations.Length; bucket++)
        {
            if (durations[bucket] > 0 && below + durations[bucket] >= wanted)
            {
                long from = LatencyHistogram.LowerEnd(bucket), to = LatencyHistogram.LowerEnd(bucket + 1);
                return (from + ((to - from) * (wanted - below) / durations[bucket])) / 1000;
            }

            below += durations[bucket];
        }

        return LatencyHistogram.LowerEnd(durations.Length) / 1000.0;
    }

    private static long[] CountsOf(LatencyHistogram durations) => [.. Enumerable.Range(0, LatencyHistogram.Buckets).Select(bucket => durations[bucket])];

    private static long Since(ref long before, HeldCounter counter)
    {
        long now = counter.Value, since = now - before;
        before = now;
        return since;
    }

    private double? ShareOf(double part) => _sum < Few ? null : Math.Clamp(part / _sum, 0, 1);
}

/// <summary>What several windows come to together.</summary>
internal sealed class LiveSum
{
    public double PerSecond { get; set; }

    public double ServerErrorsPerSecond { get; set; }

    public double Timed { get; set; }

    public double[] Durations { get; } = new double[LatencyHistogram.Buckets];

    /// <summary>Null when nothing was finished.</summary>
    public double? ServerErrorShare => PerSecond <= 0 ? null : Math.Clamp(ServerErrorsPerSecond / PerSecond, 0, 1);

    /// <summary>Milliseconds within which a share of them ended; null when there were none.</summary>
    public double? Quantile(double share) => LiveWindow.Quantile(Durations, Timed, share);
}
