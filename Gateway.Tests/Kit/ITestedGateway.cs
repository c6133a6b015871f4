using Gateway.Core.Resilience;

namespace Gateway.Tests.Kit;

/// <summary>What tests ask of a gateway, wherever it runs.</summary>
internal interface ITestedGateway : IAsyncDisposable
{
    Uri Address { get; }

    Uri Admin { get; }

    /// <summary>Requests under way.</summary>
    int ActiveRequests { get; }

    /// <summary>Attempts under way at the first service's first instance.</summary>
    int InFlight { get; }

    /// <summary>The circuit of the first service's first instance.</summary>
    CircuitState Circuit { get; }

    /// <summary>Asks it to leave; completes when it has.</summary>
    Task StopAsync();
}
