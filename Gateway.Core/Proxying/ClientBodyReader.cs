using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Core.Proxying;

/// <summary>Reads the client's body for one attempt, and knows whether it was the client that failed. The reader outlives it: another attempt may
/// go on where this one has stopped.</summary>
internal sealed class ClientBodyReader(PipeReader client)
{
    /// <summary>Whether the client's next piece is awaited, or was when the waiting ended.</summary>
    public bool IsAwaited { get; private set; }

    /// <summary>What the client did wrong; null when it was not the client.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The client has sent what it must not.</summary>
    public Exception Fail(Exception failure) => Failure = failure;

    /// <summary>The next piece, to be given back by <see cref="AdvanceTo"/>. What was written to the service is flushed before more is awaited.</summary>
    /// <param name="service">Where the body goes.</param>
    /// <param name="isLong">Whether to take all that comes while the thread is left to it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    public async ValueTask<ReadResult> ReadAsync(BodyWriter service, bool isLong, CancellationToken cancellationToken)
    {
        try
        {
            if (client.TryRead(out ReadResult ready) && Take(ready, cancellationToken))
            {
                return ready;
            }
        }
        catch (Exception failure) when (IsClients(failure))
        {
            Failure = failure;
            throw;
        }

        await service.FlushAsync(cancellationToken);
        IsAwaited = true;
        try
        {
            ReadResult read = await AwaitAsync(cancellationToken);
            if (isLong && !read.IsCompleted)
            {
                await Task.Yield();
                client.AdvanceTo(read.Buffer.Start);
                read = await AwaitAsync(cancellationToken);
            }

            IsAwaited = false;
            return read;
        }
        catch (Exception failure) when (IsClients(failure))
        {
            Failure = failure;
            throw;
        }
    }

    public void AdvanceTo(SequencePosition consumed) => client.AdvanceTo(consumed);

    /// <summary>The server's word for a connection that it has given up is a cancellation that nobody asked for.</summary>
    private static bool IsClients(Exception failure) => failure is not OperationCanceledException or ConnectionAbortedException;

    /// <summary>Waits for the client. Ended by the reader's own means: ended by a token, Kestrel would take the body for being read still, could
    /// not read past the rest of it, and would drop the connection with the answer on it.</summary>
    private async ValueTask<ReadResult> AwaitAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration ending = cancellationToken.UnsafeRegister(static client => ((PipeReader)client!).CancelPendingRead(), client);
        while (true)
        {
            ReadResult read = await client.ReadAsync(CancellationToken.None);
            if (Take(read, cancellationToken))
            {
                return read;
            }
        }
    }

    /// <summary>False for an end of waiting that was meant for the attempt before, and came when it did not wait any more.</summary>
    private bool Take(ReadResult read, CancellationToken cancellationToken)
    {
        if (read.IsCanceled)
        {
            client.AdvanceTo(read.Buffer.Start);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return !read.IsCanceled;
    }
}
