using System.Text;
using System.Text.Json;
using Gateway.Host.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Logging;

public sealed class HostLogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task StalledOutput_NeverBlocksTheWriterAndDropsAreCountedFromTheLimitOn()
    {
        using var output = new StallableOutput();
        await using var log = new HostLog(output, TimeProvider.System);
        log.Write(LogLines.Least);
        await output.Stalled.WaitAsync(Patience);

        int line = LogLines.Format(LogLines.Event(LogLines.Least)).Length;
        for (int i = 0; i < LogOutput.Capacity / line; i++)
        {
            log.Write(LogLines.Least);
        }

        log.Dropped.Should().Be(0);
        log.Write(LogLines.Least);
        log.Dropped.Should().Be(1);
        log.Loggers.CreateLogger("Gateway").Log(LogLevel.Warning, "an event as long as {Line}", new string('x', line));
        log.Dropped.Should().Be(2);
        output.Release();
    }

    [Fact]
    public async Task Disposal_WritesWhatIsQueued()
    {
        using var output = new StallableOutput();
        var log = new HostLog(output, TimeProvider.System);
        for (int i = 0; i < 100; i++)
        {
            log.Write(LogLines.Least);
        }

        Task disposal = log.DisposeAsync().AsTask();
        output.Release();
        await disposal.WaitAsync(Patience);

        output.Lines.Should().HaveCount(100);
        log.Dropped.Should().Be(0);
    }

    [Fact]
    public async Task DisposalOnAStalledOutput_EndsAtItsLimit()
    {
        var clock = new FakeTimeProvider();
        using var output = new StallableOutput();
        var log = new HostLog(output, clock);
        log.Write(LogLines.Least);
        await output.Stalled.WaitAsync(Patience);

        Task disposal = log.DisposeAsync().AsTask();
        clock.Advance(HostLog.FlushTimeout - TimeSpan.FromTicks(1));
        disposal.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromTicks(1));

        await disposal.WaitAsync(Patience);
        output.Release();
    }

    [Fact]
    public async Task BrokenOutput_IsCountedAndToldOfOnceInASentence()
    {
        using var complaints = new StringWriter { NewLine = "\n" };
        using var output = new BrokenOutput();
        var log = new HostLog(output, TimeProvider.System, complaints);

        log.Write(LogLines.Least);
        log.Write(LogLines.Least);
        await log.DisposeAsync();

        log.Dropped.Should().Be(2);
        complaints.ToString().Should().Be("gateway: log lines cannot be written and are dropped: the disk is full\n");
    }

    [Fact]
    public async Task Libraries_AreHeardFromWarningsOnAndAFailedStartIsLeftToWhoeverStarts()
    {
        using var output = new StallableOutput();
        output.Release();
        var log = new HostLog(output, TimeProvider.System);
        log.Loggers.CreateLogger("Gateway").Log(LogLevel.Information, "ours");
        log.Loggers.CreateLogger("Microsoft.AspNetCore.X").Log(LogLevel.Information, "chatter");
        log.Loggers.CreateLogger("Microsoft.AspNetCore.X").Log(LogLevel.Warning, "trouble");
        log.Loggers.CreateLogger("Microsoft.Extensions.Hosting.Internal.Host").Log(LogLevel.Error, "Hosting failed to start");
        await log.DisposeAsync();

        output.Lines.Select(static line => JsonElement.Parse(line).GetProperty("message").GetString()).Should().Equal("ours", "trouble");
    }

    /// <summary>Takes nothing until it is released.</summary>
    private sealed class StallableOutput : MemoryStream
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string[] Lines => Encoding.UTF8.GetString(ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        /// <summary>Completes when somebody waits for it to take lines.</summary>
        public Task Stalled => _stalled.Task;

        public void Release() => _released.TrySetResult();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _stalled.TrySetResult();
            _released.Task.Wait(Patience);
            base.Write(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            Release();
            base.Dispose(disposing);
        }
    }

    private sealed class BrokenOutput : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("the disk is full");
    }
}
