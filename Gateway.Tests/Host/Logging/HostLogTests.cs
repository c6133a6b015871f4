using System.Collections.Concurrent;
using Gateway.Host.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Serilog.Core;
using Serilog.Events;

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

        for (int i = 0; i < HostLog.QueueLength; i++)
        {
            log.Write(LogLines.Least);
        }

        log.Dropped.Should().Be(0);
        log.Write(LogLines.Least);
        log.Dropped.Should().Be(1);
        log.Loggers.CreateLogger("Gateway").Log(LogLevel.Warning, "an event");
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

        output.Events.Should().HaveCount(100);
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
        var log = new HostLog(new BrokenOutput(), TimeProvider.System, complaints);

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

        output.Events.Select(static line => line.RenderMessage(null)).Should().Equal("ours", "trouble");
    }

    /// <summary>Takes nothing until it is released.</summary>
    private sealed class StallableOutput : ILogEventSink, IDisposable
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<LogEvent> Events { get; } = new();

        /// <summary>Completes when somebody waits for it to take a line.</summary>
        public Task Stalled => _stalled.Task;

        public void Release() => _released.TrySetResult();

        public void Emit(LogEvent logEvent)
        {
            _stalled.TrySetResult();
            _released.Task.Wait(Patience);
            Events.Enqueue(logEvent);
        }

        public void Dispose() => Release();
    }

    private sealed class BrokenOutput : ILogEventSink
    {
        public void Emit(LogEvent logEvent) => throw new IOException("the disk is full");
    }
}
