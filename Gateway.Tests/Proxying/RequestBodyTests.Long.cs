using System.IO.Pipelines;
using Gateway.Core.Backends;
using Gateway.Core.Proxying;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Proxying;

/// <summary>A long body is sent off the thread that its bytes arrive on, so that they gather meanwhile; a short one on it, without a switch.</summary>
public sealed class RequestBodyLongTests : IDisposable
{
    private const int Piece = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();
    private readonly AttemptTimer _timer;
    private readonly Pipe _client = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly Service _service = new();

    public RequestBodyLongTests() =>
        _timer = new AttemptTimer(_clock).Begin(new TimeoutOptions(), _clock.GetTimestamp(), hasBody: true, isGrpc: false, CancellationToken.None);

    public void Dispose()
    {
        _timer.Dispose();
        _service.Dispose();
    }

    [Theory]
    [InlineData(RequestBody.Long / Piece, true)]
    [InlineData((RequestBody.Long / Piece) + 1, false)]
    public async Task Pieces_AreSentOnTheThreadThatBringsThem_UpToTheLimit(long pieces, bool lastOnIt)
    {
        using var body = new RequestBody(_client.Reader, null, null, _timer);

        // As in a server, where nothing asks for a thread of its own.
        SynchronizationContext? own = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        Task sending = body.CopyToAsync(_service);
        SynchronizationContext.SetSynchronizationContext(own);

        // A thread of its own, which can be no other that takes the body over.
        int bringing = 0;
        var thread = new Thread(() =>
        {
            bringing = Environment.CurrentManagedThreadId;
            for (long i = 0; i < pieces; i++)
            {
                _client.Writer.GetSpan(Piece)[..Piece].Fill((byte)i);
                _client.Writer.Advance(Piece);
                _client.Writer.FlushAsync().AsTask().Wait(Patience).Should().BeTrue();
            }
        });
        thread.Start();
        thread.Join(Patience).Should().BeTrue();
        SpinWait.SpinUntil(() => _service.Bytes == pieces * Piece, Patience).Should().BeTrue();

        (_service.LastThread == bringing).Should().Be(lastOnIt);
        await _client.Writer.CompleteAsync();
        await sending.WaitAsync(Patience);
    }

    [Fact]
    public async Task LongBody_ArrivesWhole_HoweverItComes()
    {
        byte[] sent = new byte[3 * RequestBody.Long];
        Random.Shared.NextBytes(sent);
        using var body = new RequestBody(_client.Reader, null, null, _timer);
        Task sending = body.CopyToAsync(_service);
        for (int at = 0; at < sent.Length;)
        {
            int length = Math.Min(Random.Shared.Next(1, 3 * Piece), sent.Length - at);
            await _client.Writer.WriteAsync(sent.AsMemory(at, length));
            at += length;
        }

        await _client.Writer.CompleteAsync();
        await sending.WaitAsync(Patience);

        _service.ToArray().AsSpan().SequenceEqual(sent).Should().BeTrue();
        body.BytesRead.Should().Be(sent.Length);
    }

    /// <summary>Remembers who wrote last.</summary>
    private sealed class Service : MemoryStream
    {
        private long _bytes;

        public long Bytes => Volatile.Read(ref _bytes);

        public int LastThread { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            LastThread = Environment.CurrentManagedThreadId;
            Write(buffer.Span);
            Volatile.Write(ref _bytes, Length);
            return ValueTask.CompletedTask;
        }
    }
}
