using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Kit;

/// <summary>What a process writes to one of its outputs, read while it runs.</summary>
internal sealed class ProcessLines : IAsyncDisposable
{
    private readonly StreamReader _reader;
    private readonly CancellationTokenSource _stop = new();
    private readonly StringBuilder _text = new();
    private readonly Task _reading;
    private Stream? _other;
    private int _sent;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ProcessLines(StreamReader reader)
    {
        _reader = reader;
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Writes whole lines to another place as well, from the first on.</summary>
    public void SendTo(Stream other)
    {
        lock (_text)
        {
            _other = other;
            SendWholeLines();
        }
    }

    /// <summary>All so far.</summary>
    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    /// <summary>Waits until the text so far matches.</summary>
    public async Task<Match> MatchAsync(Regex wanted)
    {
        while (true)
        {
            Task more = Volatile.Read(ref _more).Task;
            bool ended = _reading.IsCompleted;
            if (wanted.Match(Text) is { Success: true } match)
            {
                return match;
            }

            if (ended)
            {
                throw new EndOfStreamException($"The output ended without '{wanted}': {Text}");
            }

            await Task.WhenAny(more, _reading).WaitAsync(GatewayProcess.Patience);
        }
    }

    /// <summary>Waits for the end; all that was written.</summary>
    public async Task<string> AllAsync()
    {
        await _reading.WaitAsync(GatewayProcess.Patience);
        return Text;
    }

    /// <summary>Reads no more, so that the pipe fills; the process is told nothing.</summary>
    public async Task StallAsync()
    {
        await _stop.CancelAsync();
        await _reading;
    }

    /// <summary>Closes our end of the pipe: what the process writes from now on fails.</summary>
    public async Task CloseAsync()
    {
        await StallAsync();
        _reader.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _stop.Dispose();
    }

    /// <summary>Under the text's lock.</summary>
    private void SendWholeLines()
    {
        if (_other is null)
        {
            return;
        }

        string rest = _text.ToString(_sent, _text.Length - _sent);
        int end = rest.LastIndexOf('\n') + 1;
        _sent += end;
        if (end > 0)
        {
            _other.Write(Encoding.UTF8.GetBytes(rest[..end]));
        }
    }

    private async Task ReadAsync()
    {
        char[] buffer = new char[4096];
        try
        {
            int count;
            while ((count = await _reader.ReadAsync(buffer, _stop.Token)) > 0)
            {
                lock (_text)
                {
                    _text.Append(buffer, 0, count);
                    SendWholeLines();
                }

                Interlocked.Exchange(ref _more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody reads any more.
        }
    }
}
