using Gateway.Core.Backends;

namespace Gateway.Core;

/// <content>How configurations follow each other.</content>
public sealed partial class GatewayPipeline
{
    /// <summary>Puts another configuration in force, whole: requests under way end by the one before, later ones go by the new one. Services, rate
    /// limits and cached tokens whose options have not changed are taken over with all their state, and so are the instances that were found for a
    /// service whose discovery has not changed; for others the first answer is waited for, as long as <see cref="DiscoveryOptions.StartTimeout"/>
    /// says. Safe from any thread.</summary>
    /// <param name="options">What <see cref="GatewayOptions.Validate"/> finds no fault with.</param>
    /// <exception cref="ArgumentException">The options are not valid, or a kind of discovery has no source: nothing has changed.</exception>
    public async Task ReloadAsync(GatewayOptions options)
    {
        GatewayParts.ThrowIfInvalid(options, _lasting.Extensions);
        if (_isStarted)
        {
            await _lasting.Discovery.FollowAsync(options.Services);
        }

        await ReplaceAsync(_ => options);
    }

    /// <summary>Puts another snapshot in force.</summary>
    /// <param name="change">Makes its options of those before.</param>
    private async Task ReplaceAsync(Func<GatewayOptions, GatewayOptions> change)
    {
        await _changing.WaitAsync();
        try
        {
            GatewaySnapshot before = _current;
            GatewaySnapshot next = Assemble(new GatewayParts(change(before.Parts.Options), _lasting, before.Parts));
            _lasting.PutInForce(next.Parts);
            _current = next;
            _retired[before] = DisposeUnusedAsync(before);
            before.Retire();
            _lasting.Metrics.Keep(before.Parts.Names.Concat(next.Parts.Names).ToHashSet(StringComparer.Ordinal));
            if (_isStarted)
            {
                await next.Parts.BeginAsync(before.Parts);
                await _lasting.Discovery.KeepAsync(next.Parts.Options.Services);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Other instances were found: the configuration stays, the snapshot does not. Never throws.</summary>
    private async Task TakeInstancesAsync()
    {
        try
        {
            await ReplaceAsync(static options => options);
        }
        catch (Exception defect)
        {
            PipelineLog.DiscoveryDefect(_lasting.Log, defect);
        }
    }

    private async Task DisposeUnusedAsync(GatewaySnapshot retired)
    {
        await retired.Unused;
        await retired.Parts.Mirrors.FinishAsync(LongestMirroring, _ending.Token);
        await retired.Parts.DisposeAsync();
        _retired.TryRemove(retired, out _);
    }
}
