namespace Gateway.Tests.Kit;

/// <summary>What tests of traces over the wire stand on: a receiver of OTLP, and a service that echoes.</summary>
public abstract class OtlpScene : IAsyncLifetime
{
    private protected OtlpReceiver Receiver { get; private set; } = null!;

    private protected TestInstance Service { get; private set; } = null!;

    public async Task InitializeAsync() => (Receiver, Service) = (await OtlpReceiver.StartAsync(), await TestInstance.StartEchoAsync());

    public async Task DisposeAsync()
    {
        await Service.DisposeAsync();
        await Receiver.DisposeAsync();
    }
}
