using System.Text;
using Gateway.Host.Logging;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Logging;

/// <summary>What <see cref="HostLogTests"/> does not see from outside.</summary>
public sealed class LogOutputTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task LinesOfManyThreads_ComeOutWholeAndAll()
    {
        using var stream = new MemoryStream();
        var output = new LogOutput(stream, TextWriter.Null);
        await Given.OnThreads(4, thread =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                output.Write(Encoding.ASCII.GetBytes($"{thread}:{i}:{new string((char)('a' + thread), i % 50)}\n"));
            }
        });
        await output.CloseAsync().WaitAsync(Patience);

        string[] lines = Encoding.ASCII.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (int thread = 0; thread < 4; thread++)
        {
            lines.Where(line => line[0] == '0' + thread).Should().Equal(
                Enumerable.Range(0, 20_000).Select(i => $"{thread}:{i}:{new string((char)('a' + thread), i % 50)}"), "each thread's lines keep their order");
        }

        output.Dropped.Should().Be(0);
    }

    [Fact]
    public async Task LineAfterTheClose_IsDroppedAndCounted()
    {
        using var stream = new MemoryStream();
        var output = new LogOutput(stream, TextWriter.Null);
        await output.CloseAsync().WaitAsync(Patience);

        output.Write("late\n"u8);

        (output.Dropped, stream.Length).Should().Be((1, 0));
    }

    [Fact]
    public async Task LinesWithoutAClose_LeaveByThemselves()
    {
        using var stream = new Announcing();
        var output = new LogOutput(stream, TextWriter.Null);

        output.Write("first\n"u8);
        output.Write("second\n"u8);
        await stream.Written(13).WaitAsync(Patience);

        await output.CloseAsync().WaitAsync(Patience);
    }

    private sealed class Announcing : MemoryStream
    {
        private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _wanted = long.MaxValue;

        public Task Written(long bytes)
        {
            lock (_enough)
            {
                _wanted = bytes;
                Look();
            }

            return _enough.Task;
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            lock (_enough)
            {
                base.Write(buffer);
                Look();
            }
        }

        private void Look()
        {
            if (Length >= _wanted)
            {
                _enough.TrySetResult();
            }
        }
    }
}
