using System.Runtime.InteropServices;
using Gateway.Host.Commands;

namespace Gateway.Tests.Host.Commands;

public sealed class ShutdownSignalsTests
{
    [Theory]
    [InlineData(PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT)]
    public async Task FirstSignal_AsksToLeaveInOrder(PosixSignal kind)
    {
        using var signals = new ShutdownSignals();
        var signal = new PosixSignalContext(kind);
        signals.First.IsCompleted.Should().BeFalse();

        signals.Take(signal);

        await signals.First.WaitAsync(TimeSpan.FromSeconds(30));
        signals.Second.IsCancellationRequested.Should().BeFalse();
        signal.Cancel.Should().BeTrue("the process must not end by the signal itself");
    }

    [Fact]
    public void SecondSignal_AsksToLeaveAtOnceAndAThirdChangesNothing()
    {
        using var signals = new ShutdownSignals();
        signals.Take(new PosixSignalContext(PosixSignal.SIGINT));

        signals.Take(new PosixSignalContext(PosixSignal.SIGTERM));
        signals.Second.IsCancellationRequested.Should().BeTrue();

        signals.Take(new PosixSignalContext(PosixSignal.SIGTERM));
        signals.First.IsCompletedSuccessfully.Should().BeTrue();
    }
}
