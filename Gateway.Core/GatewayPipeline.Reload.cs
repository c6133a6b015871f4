using Gateway.Core.Backends;
using Gateway.Core.Errors;

namespace Gateway.Core;

/// <content>How configurations follow each other.</content>
public sealed partial class GatewayPipeline
{
    /// <summary>Puts another configuration in force, whole: requests under way end by the one before, later ones go by the new one. Services, rate
    /// limits and cached tokens whose options have not changed are taken over with all their state, and so are the instances that were found for a
    /// service whose discovery has not changed; for others the first answer is waited for, as long as <see cref="DiscoveryOptions.StartTimeout"/>
    /// says. Safe from any thread.</summary>
    /// <param name="options">What <see cref="GatewayOptions.Validate"/> finds no fault with.</param>
    /// <exception cref="GatewayOptionsException">The options are not valid, or a kind of discovery has no source: nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline has ended.</exception>
    public async Task ReloadAsync(GatewayOptions options)
    {
        GatewayParts.ThrowIfInvalid(options, _lasting.Extensions);
        await _reloading.WaitAsync();
        try
        {
            if (_isStarted)
            {
                await _lasting.Discovery.FollowAsync(options.Services);
            }

            try
            {
                await ReplaceAsync(_ => options);
            }
            finally
            {
                await FollowNoOthersAsync();
            }
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>Puts another snapshot in force.</summary>
    /// <param name="change">Makes its options of those before.</param>
    /// <exception cref="Exception">It cannot be made: nothing has changed. What fails once it is in force is logged, since requests go by it.</exception>
    private async Task ReplaceAsync(Func<GatewayOptions, GatewayOptions> change)
    {
        await _changing.WaitAsync();
        try
        {
            ObjectDisposedException.ThrowIf(_isEnded, this);
            GatewaySnapshot before = _current;
            GatewaySnapshot next = await AssembleAsync(new GatewayParts(change(before.Parts.Options), _lasting, before.Parts));
            _lasting.PutInForce(next.Parts);
            _current = next;
            try
            {
                await LeaveAsync(before, next);
            }
            catch (Exception defect)
            {
                PipelineLog.ReloadDefect(_lasting.Log, defect);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>The stages are in part an application's, and may not let themselves be made.</summary>
    private static async Task<GatewaySnapshot> AssembleAsync(GatewayParts parts)
    {
        try
        {
            return Assemble(parts);
        }
        catch
        {
            await parts.DisposeAsync();
            throw;
        }
    }

    private async Task LeaveAsync(GatewaySnapshot before, GatewaySnapshot next)
    {
        _retired[before] = DisposeUnusedAsync(before);
        before.Retire();
        _lasting.Metrics.Keep(before.Parts.Names.Concat(next.Parts.Names).ToHashSet(StringComparer.Ordinal));
        if (_isStarted)
        {
            await next.Parts.BeginAsync(before.Parts);
        }
    }

    /// <summary>What only the configuration before, or one that was refused, had followed is not followed any more. Never throws.</summary>
    private async Task FollowNoOthersAsync()
    {
        if (!_isStarted)
        {
            return;
        }

        try
        {
            await _lasting.Discovery.KeepAsync(Parts.Options.Services);
        }
        catch (Exception defect)
        {
            PipelineLog.DiscoveryDefect(_lasting.Log, defect);
        }
    }

    /// <summary>Other instances were found: the configuration stays, the snapshot does not. Never throws.</summary>
    private async Task TakeInstancesAsync()
    {
        try
        {
            await ReplaceAsync(static options => options);
        }
        catch (Exception defect) when (!_isEnded)
        {
            PipelineLog.DiscoveryDefect(_lasting.Log, defect);
        }
        catch (ObjectDisposedException)
        {
            // Nobody asks for instances any more.
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
