using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

/// <summary>What <see cref="HealthCheckerTests"/> do not see: the checks of one instance by themselves.</summary>
public sealed class InstanceChecksTests : IDisposable
{
    private static readonly HealthCheckOptions Options = new() { Interval = TimeSpan.FromSeconds(10), FastInterval = TimeSpan.FromSeconds(20), Rise = 1, Fall = 1 };

    private readonly ObservedClock _clock = new(Options.Timeout);
    private readonly CheckedInstances _instances = new();

    public void Dispose() => _instances.Dispose();

    /// <summary>A check may begin by one configuration and end by the next.</summary>
    [Fact]
    public async Task CheckUnderWayWhenTheConfigurationChanges_IsFinished_AndCountsForTheNext()
    {
        var answer = new TaskCompletionSource<HttpResponseMessage>();
        _instances.Answers["10.0.0.1"] = _ => answer.Task;
        BackendService before = Given.Service(Given.ServiceOptions(1), _clock);
        await using var checks = new InstanceChecks(before, before.Instances[0], Options, new HttpMessageInvoker(_instances), _clock);
        await _clock.NextDelayAsync();
        _clock.AdvanceToTheNext();
        await _instances.NextAsked();

        var after = new BackendService("service", 0, before.Options, _clock, predecessor: before);
        after.PutInForce();
        checks.GoOn(after, after.Instances[0]);
        answer.SetResult(new HttpResponseMessage(System.Net.HttpStatusCode.InternalServerError));
        await _clock.NextDelayAsync();

        checks.Instance.Should().BeSameAs(after.Instances[0]);
        after.Healthy.Should().BeEmpty();
        _instances.Asked.Should().ContainSingle();
    }
}
