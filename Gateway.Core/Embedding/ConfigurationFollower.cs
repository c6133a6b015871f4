using System.Threading.Channels;
using Gateway.Core.Errors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Embedding;

/// <summary>
/// Puts changed configuration in force: once it has been quiet for <see cref="Quiet"/>, at the latest after <see cref="MostRounds"/> of them, and
/// one change at a time. What fails changes nothing and is logged.
/// </summary>
internal sealed class ConfigurationFollower : IAsyncDisposable
{
    /// <summary>Providers tell of one edit several times, and of each file by itself.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    /// <summary>Then it is read although it never settles.</summary>
    internal const int MostRounds = 20;

    /// <summary>One is as good as many: what is read is the state then.</summary>
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _end = new();
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly IDisposable _registration;
    private Task _following = Task.CompletedTask;

    /// <summary>Notices changes from here on.</summary>
    /// <param name="changes">Tells of the next change.</param>
    /// <param name="log">Gets the events.</param>
    /// <param name="clock">For the quiet time.</param>
    public ConfigurationFollower(Func<IChangeToken> changes, ILogger log, TimeProvider clock)
    {
        (_log, _clock) = (log, clock);
        _registration = ChangeToken.OnChange(changes, () => _changes.Writer.TryWrite(true));
    }

    /// <summary>Begins to put changes in force, those too that have come before. Once.</summary>
    /// <param name="apply">Reads the configuration and puts it in force; throws when it cannot, and nothing has changed then.</param>
    public void Start(Func<Task> apply) => _following = FollowAsync(apply);

    /// <summary>No change is put in force any more; returns when the one under way is, or when the caller waits no longer.</summary>
    public async Task StopAsync(CancellationToken patience)
    {
        _registration.Dispose();
        await _end.CancelAsync();
        await _following.WaitAsync(patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _end.Dispose();
    }

    private async Task FollowAsync(Func<Task> apply)
    {
        try
        {
            while (await _changes.Reader.WaitToReadAsync(_end.Token))
            {
                for (int round = 0; round < MostRounds && _changes.Reader.TryRead(out _); round++)
                {
                    await Task.Delay(Quiet, _clock, _end.Token);
                }

                // What is still told of now is what is read now.
                _changes.Reader.TryRead(out _);
                await ApplyAsync(apply);
            }
        }
        catch (OperationCanceledException)
        {
            // It is being disposed.
        }
    }

    private async Task ApplyAsync(Func<Task> apply)
    {
        try
        {
            await apply();
            EmbeddingLog.InForce(_log);
        }
        catch (GatewayOptionsException refused)
        {
            foreach (OptionError error in refused.Errors)
            {
                EmbeddingLog.Refused(_log, Printable.Of(error.ToString()));
            }
        }
        catch (Exception failure)
        {
            // The options are right, and still it failed: whatever that was, the gateway goes on as before.
            EmbeddingLog.Refused(_log, failure.Message);
        }
    }
}
