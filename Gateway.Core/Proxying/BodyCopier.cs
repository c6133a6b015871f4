using System.IO.Pipelines;

namespace Gateway.Core.Proxying;

/// <summary>How a copy ended, and by whose doing.</summary>
internal enum CopyResult
{
    Complete,

    /// <summary>Reading from the service failed.</summary>
    ServiceFailed,

    /// <summary>Writing to the client failed, or it took nothing for too long.</summary>
    ClientFailed,
}

/// <summary>Streams a response's body to the client. Holds one buffer at a time, and waits for the client before it reads on.</summary>
internal static class BodyCopier
{
    /// <summary>First and largest piece asked for, in bytes: a Kestrel memory block, and what YARP settled on for large bodies.</summary>
    private const int SmallPiece = 4096, LargePiece = 65_536;

    /// <param name="service">The response's body.</param>
    /// <param name="client">Where it goes.</param>
    /// <param name="length">Content-Length in bytes; null when the end is not known beforehand.</param>
    /// <param name="timer">Told of progress; its token ends the copy.</param>
    /// <returns>How it ended, the bytes copied, and the failure if there was one.</returns>
    public static async ValueTask<(CopyResult Result, long Bytes, Exception? Failure)> CopyAsync(
        Stream service, PipeWriter client, long? length, AttemptTimer timer)
    {
        long copied = 0;
        int piece = length < SmallPiece ? (int)length : SmallPiece;
        bool started = false;
        while (copied != length)
        {
            int read;
            try
            {
                if (length is null && await AwaitPieceAsync(service, client, started, timer) is { } clientFailure)
                {
                    return (CopyResult.ClientFailed, copied, clientFailure);
                }

                Memory<byte> buffer = client.GetMemory(piece);
                read = await service.ReadAsync(buffer, timer.Token);
                piece = read == buffer.Length ? Math.Min(piece * 4, LargePiece) : piece;
            }
            catch (Exception failure)
            {
                return (CopyResult.ServiceFailed, copied, failure);
            }

            if (read == 0 || copied + read > length)
            {
                return (length is null ? CopyResult.Complete : CopyResult.ServiceFailed, copied, null);
            }

            client.Advance(read);
            copied += read;
            timer.Progress();

            // A small answer leaves in one write: the end of a response flushes what has not begun to leave, but, as measured on
            // Kestrel 10.0, not the last piece of one that has. That piece would wait for the keep-alive timeout.
            if ((started || copied != length) && await FlushAsync(client, timer) is { } flushFailure)
            {
                return (CopyResult.ClientFailed, copied, flushFailure);
            }

            started = true;
        }

        return (CopyResult.Complete, copied, null);
    }

    /// <summary>
    /// Waits for the end of a body whose length has been copied: with HTTP/2 fields may follow it, and it may be longer than it says.
    /// </summary>
    public static async ValueTask<(CopyResult Result, Exception? Failure)> ExpectEndAsync(Stream service, PipeWriter client, AttemptTimer timer)
    {
        try
        {
            ValueTask<int> end = service.ReadAsync(new byte[1], timer.Token);
            if (!end.IsCompleted && await FlushAsync(client, timer) is { } clientFailure)
            {
                return (CopyResult.ClientFailed, clientFailure);
            }

            return (await end == 0 ? CopyResult.Complete : CopyResult.ServiceFailed, null);
        }
        catch (Exception failure)
        {
            return (CopyResult.ServiceFailed, failure);
        }
    }

    /// <summary>
    /// Waits for the next piece of a stream by a read of no bytes, so that a silent stream holds no buffer; its headers, if they
    /// have not left yet, do not wait with it. Returns the failure of sending those, and throws what the service's side threw.
    /// </summary>
    private static async ValueTask<Exception?> AwaitPieceAsync(Stream service, PipeWriter client, bool started, AttemptTimer timer)
    {
        ValueTask<int> waiting = service.ReadAsync(Memory<byte>.Empty, timer.Token);
        if (!waiting.IsCompleted && !started && await FlushAsync(client, timer) is { } failure)
        {
            return failure;
        }

        await waiting;
        return null;
    }

    /// <summary>Hands what is written to the client. Returns the failure, if there is one.</summary>
    public static async ValueTask<Exception?> FlushAsync(PipeWriter client, AttemptTimer timer)
    {
        try
        {
            FlushResult flushed = await client.FlushAsync(timer.Token);
            timer.Progress();

            // Kestrel takes what is written behind the end of a connection without complaint, and says in this way alone that it is lost.
            return flushed.IsCompleted ? new IOException("The client is gone.") : null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }
}
