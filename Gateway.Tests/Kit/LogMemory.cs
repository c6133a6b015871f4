using System.Collections.Concurrent;
using System.Text.Json;

namespace Gateway.Tests.Kit;

/// <summary>Keeps what is written to it, line by line.</summary>
internal sealed class LogMemory : MemoryStream
{
    private readonly ConcurrentQueue<JsonElement> _lines = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyCollection<JsonElement> Lines => _lines;

    public void Forget() => _lines.Clear();

    /// <summary>Whole lines, as the log writes them.</summary>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        foreach (Range line in buffer.Split((byte)'\n'))
        {
            if (!buffer[line].IsEmpty)
            {
                _lines.Enqueue(JsonElement.Parse(buffer[line]));
            }
        }

        Interlocked.Exchange(ref _more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public async Task<JsonElement> FindAsync(Func<JsonElement, bool> wanted)
    {
        while (true)
        {
            Task more = Volatile.Read(ref _more).Task;
            foreach (JsonElement line in _lines)
            {
                if (wanted(line))
                {
                    return line;
                }
            }

            await more.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }
}
