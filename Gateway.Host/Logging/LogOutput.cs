namespace Gateway.Host.Logging;

/// <summary>
/// Lines on their way to standard output. Writers only copy into a bounded buffer; one thread of its own writes it out, all that has
/// gathered at a time, so that a stalled output stalls nobody else. Lines that find no room are dropped and counted. Safe from any thread.
/// </summary>
/// <remarks>
/// A queue of lines with a consumer that each of them wakes (Serilog.Sinks.Async 2.1) cost the process two task switches a request.
/// </remarks>
internal sealed class LogOutput
{
    /// <summary>Bytes that wait at the most: some 30,000 lines of the usual length, three seconds at the spec's 10,000 requests a second.</summary>
    internal const int Capacity = 16 << 20;

    /// <summary>Bytes that are written without waiting for <see cref="Pause"/>, so that the buffer stays small under load.</summary>
    private const int Plenty = 256 << 10;

    /// <summary>The buffers' first size in bytes; they double when they must.</summary>
    private const int Small = 64 << 10;

    /// <summary>How long lines gather after the last writing. The first after a silence leaves at once; 50 ms is what a reader does not notice.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>It paces a device, so a test's time would not do.</summary>
    private static readonly TimeProvider Clock = TimeProvider.System;

    private readonly object _gate = new();
    private readonly Stream _output;
    private readonly TextWriter _complaints;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _gathered = new byte[Small];
    private int _length;
    private int _lines;
    private long _dropped;
    private long _failed;
    private bool _closing;

    /// <param name="output">Where lines go. Not disposed.</param>
    /// <param name="complaints">Told once, in a sentence, when lines cannot be written.</param>
    public LogOutput(Stream output, TextWriter complaints)
    {
        (_output, _complaints) = (output, complaints);
        new Thread(WriteOut) { IsBackground = true, Name = "log output" }.Start();
    }

    /// <summary>Lines that were dropped for want of room, or that the output did not take.</summary>
    public long Dropped => Interlocked.Read(ref _dropped) + Interlocked.Read(ref _failed);

    /// <summary>Takes a line, or drops it. Never waits for the output.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            if (_closing || _length + line.Length > Capacity)
            {
                Interlocked.Increment(ref _dropped);
                return;
            }

            if (_length + line.Length > _gathered.Length)
            {
                Array.Resize(ref _gathered, Math.Min(Capacity, Math.Max(2 * _gathered.Length, _length + line.Length)));
            }

            line.CopyTo(_gathered.AsSpan(_length));
            int before = _length;
            _length += line.Length;
            _lines++;
            if (before == 0 || (before < Plenty && _length >= Plenty))
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Takes no more lines; completes when those there are have been written.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.Pulse(_gate);
        }

        return _ended.Task;
    }

    private void WriteOut()
    {
        byte[] spare = new byte[Small];
        long writtenAt = Clock.GetTimestamp() - Clock.TimestampFrequency;
        while (true)
        {
            byte[] batch;
            int length, lines;
            lock (_gate)
            {
                if (!AwaitLinesLocked(writtenAt))
                {
                    break;
                }

                (batch, length, lines) = (_gathered, _length, _lines);
                (_gathered, _length, _lines) = (spare, 0, 0);
            }

            Write(batch.AsSpan(0, length), lines);
            writtenAt = Clock.GetTimestamp();

            // What a stall has made large is not kept.
            spare = batch.Length > 4 * Plenty ? new byte[Small] : batch;
        }

        _ended.SetResult();
    }

    /// <summary>Waits until there are lines, and a little for more of them; false when there are none and will be none.</summary>
    private bool AwaitLinesLocked(long writtenAt)
    {
        while (_length == 0)
        {
            if (_closing)
            {
                return false;
            }

            Monitor.Wait(_gate);
        }

        while (!_closing && _length < Plenty && Pause - Clock.GetElapsedTime(writtenAt) is var left && left > TimeSpan.Zero)
        {
            Monitor.Wait(_gate, left);
        }

        return true;
    }

    private void Write(ReadOnlySpan<byte> batch, int lines)
    {
        try
        {
            _output.Write(batch);
            _output.Flush();
        }
        catch (Exception failure)
        {
            if (Interlocked.Add(ref _failed, lines) == lines)
            {
                _complaints.WriteLine($"gateway: log lines cannot be written and are dropped: {failure.Message}");
            }
        }
    }
}
