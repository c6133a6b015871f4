using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Gateway.Host.Kubernetes;

namespace Gateway.Tests.Host.Kubernetes;

public sealed class WatchLinesTests
{
    [Fact]
    public async Task Lines_ComeOneByOne_HoweverTheBytesCome()
    {
        var pipe = new Pipe();
        await using var lines = new WatchLines(pipe.Reader.AsStream());
        int heard = 0;
        await pipe.Writer.WriteAsync("one\ntwo\n\nhal"u8.ToArray());
        (await NextAsync()).Should().Be("one");
        (await NextAsync()).Should().Be("two");
        (await NextAsync()).Should().BeEmpty();
        ValueTask<string?> half = NextAsync();
        half.IsCompleted.Should().BeFalse();
        await pipe.Writer.WriteAsync("f\nrest"u8.ToArray());
        (await half).Should().Be("half");
        await pipe.Writer.CompleteAsync();
        (await NextAsync()).Should().BeNull("a line without an end was broken off");
        heard.Should().BePositive();

        async ValueTask<string?> NextAsync() =>
            await lines.NextAsync(() => heard++, CancellationToken.None) is { } line ? Encoding.UTF8.GetString(line.ToArray()) : null;
    }

    [Theory]
    [InlineData(WatchLines.MaxLine - 1, true)]
    [InlineData(WatchLines.MaxLine * 2, false)]
    public async Task Line_HasABound(int length, bool passes)
    {
        await using var lines = new WatchLines(new MemoryStream([.. Enumerable.Repeat((byte)'x', length), (byte)'\n']));
        Func<Task> read = async () => (await lines.NextAsync(static () => { }, CancellationToken.None))!.Value.Length.Should().Be(length);
        if (passes)
        {
            await read.Should().NotThrowAsync();
        }
        else
        {
            await read.Should().ThrowAsync<KubernetesException>();
        }
    }
}
