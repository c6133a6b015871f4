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
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ProcessLines(StreamReader reader)
    {
        _reader = reader;
        _reading = Task.Run(ReadAsync);
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
