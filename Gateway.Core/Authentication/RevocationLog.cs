namespace Gateway.Core.Authentication;

/// <summary>What a page of the log has brought.</summary>
internal enum LogStep
{
    /// <summary>The end is reached.</summary>
    AtEnd,

    /// <summary>The next page is to be read at once.</summary>
    More,

    /// <summary>Something was missing: the log is read once more from its beginning.</summary>
    Again,

    /// <summary>As <see cref="Again"/>, and it is still called the same: others could take entries from before for known. It is to be renamed first.</summary>
    Rewritten,
}

/// <summary>
/// Follows the shared log of revocations page by page, and notices when something is missing: the store was emptied, a failover lost the last
/// records or wrote others in their place, records were dropped before they were read. Then all that was asked before is asked again, and the log
/// is read from its beginning. For one thread at a time.
/// </summary>
/// <param name="revocations">Learn what the log says.</param>
internal sealed class RevocationLog(Revocations revocations)
{
    private readonly Dictionary<string, Revocation> _own = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private string? _log;
    private string? _mark;
    private long _from;

    /// <summary>The last record read; what comes after it is to be read next.</summary>
    public long Sequence { get; private set; }

    /// <summary>Times that something was missing.</summary>
    public int Gaps { get; private set; }

    /// <summary>A record with this mark is this gateway's: in force here already. Safe from any thread.</summary>
    public void Expect(string mark, Revocation what)
    {
        lock (_gate)
        {
            _own[mark] = what;
        }
    }

    /// <summary>It will not come. Safe from any thread.</summary>
    public void Unexpect(string mark)
    {
        lock (_gate)
        {
            _own.Remove(mark);
        }
    }

    /// <summary>Takes a page, read after <see cref="Sequence"/>.</summary>
    public LogStep Follow(RevocationPage page)
    {
        if (_mark is null)
        {
            // From the beginning: what is left of it.
            (_log, _mark) = (page.Log, "");
            _from = page.Records.Count > 0 ? page.Records[0].Sequence - 1 : page.Sequence;
            (Sequence, _mark) = page.Records.Count > 0 ? (_from, page.Records[0].Before) : (page.Sequence, page.Mark);
        }
        else if (!Continues(page) && !TryPassOver(page))
        {
            bool isRewritten = page.Log == _log;
            Restart();
            return isRewritten ? LogStep.Rewritten : LogStep.Again;
        }

        foreach (RevocationRecord record in page.Records)
        {
            Take(record);
        }

        if (Sequence < page.Sequence)
        {
            return LogStep.More;
        }

        revocations.MoveTo(new LogPosition(_log!, _from, Sequence));
        return LogStep.AtEnd;
    }

    private bool Continues(RevocationPage page) => page.Log == _log
        && (page.Records.Count > 0
            ? page.Records[0].Sequence == Sequence + 1 && page.Records[0].Before == _mark
            : page.Sequence == Sequence && page.Mark == _mark);

    /// <summary>Records of this log are gone before they were read: it goes on with those that are there.</summary>
    private bool TryPassOver(RevocationPage page)
    {
        if (page.Log != _log || page.Sequence <= Sequence || (page.Records.Count > 0 && page.Records[0].Sequence <= Sequence + 1))
        {
            return false;
        }

        (Sequence, _mark) = page.Records.Count > 0 ? (page.Records[0].Sequence - 1, page.Records[0].Before) : (page.Sequence, page.Mark);
        Missed(Sequence);
        return true;
    }

    /// <summary>It is another log, or its history another.</summary>
    private void Restart()
    {
        Missed(0);
        revocations.ForgetSequences();
        (Sequence, _mark) = (0, null);
        lock (_gate)
        {
            _own.Clear();
        }
    }

    /// <summary>Something up to this sequence: what was asked before is asked again, and entries of others from before mean nothing.</summary>
    private void Missed(long upTo)
    {
        Gaps++;
        revocations.Doubt();
        _from = upTo;
    }

    private void Take(RevocationRecord record)
    {
        if (record.Sequence != Sequence + 1 || record.Before != _mark)
        {
            Missed(record.Sequence - 1);
        }

        bool isOwn = IsOwn(record.Mark);
        if (Revocation.Parse(record.What) is not { } what)
        {
            // A newer gateway's, of a kind that this one does not know.
            Missed(record.Sequence);
        }
        else if (isOwn)
        {
            revocations.Confirm(what, record.Sequence);
        }
        else
        {
            revocations.Add(what, RevocationSource.Store, record.Sequence);
        }

        (Sequence, _mark) = (record.Sequence, record.Mark);
    }

    private bool IsOwn(string mark)
    {
        lock (_gate)
        {
            return _own.Remove(mark);
        }
    }
}
