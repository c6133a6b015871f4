using System.IO.Pipelines;
using System.Text;
using Gateway.Core.Backends;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Proxying;

public sealed class BodyCopierTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();
    private readonly AttemptTimer _timer;
    private readonly Client _client = new();

    public BodyCopierTests()
    {
        _timer = new AttemptTimer(_clock).Begin(new TimeoutOptions(), _clock.GetTimestamp(), hasBody: false, isGrpc: false, CancellationToken.None);
        _timer.HeadersCame(isStream: false);
    }

    public void Dispose() => _timer.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    public async Task SmallAnswer_IsLeftToTheEndOfTheResponseToFlush(int length)
    {
        (await CopyAsync(new Service(new byte[length]), length)).Should().Be((CopyResult.Complete, (long)length, null));

        (_client.Received, _client.Flushes).Should().Be((length, 0), "it leaves in one write together with its headers");
    }

    [Theory]
    [InlineData(4097)]
    [InlineData(200_000)]
    public async Task LargeAnswer_IsFlushedToItsLastPiece(int length)
    {
        (await CopyAsync(new Service(new byte[length]), length)).Should().Be((CopyResult.Complete, (long)length, null));

        (_client.Received, _client.Unflushed).Should().Be((length, 0));
    }

    [Fact]
    public async Task Pieces_GrowFourfoldFrom4To64Kibibytes()
    {
        var service = new Service(new byte[400_000]);

        await CopyAsync(service, 400_000);

        service.Asked.Take(5).Should().Equal(4_096, 16_384, 65_536, 65_536, 65_536);
    }

    [Fact]
    public async Task PiecesThatCameHalfFull_DoNotGrow()
    {
        var service = new Service(Enumerable.Repeat(new byte[100], 5).ToArray());

        await CopyAsync(service, 500);

        service.Asked.Should().OnlyContain(size => size == 500);
    }

    [Fact]
    public async Task AnswerOfNoLength_NeedsNoRead()
    {
        var service = new Service();
        (await CopyAsync(service, 0)).Should().Be((CopyResult.Complete, 0L, null));
        service.Asked.Should().BeEmpty();
    }

    [Fact]
    public async Task StreamWithoutALength_EndsWhereTheServiceEnds()
    {
        (await CopyAsync(new Service("one"u8.ToArray(), "two"u8.ToArray()), null)).Should().Be((CopyResult.Complete, 6L, null));
        (_client.Received, _client.Unflushed).Should().Be((6, 0));
    }

    [Fact]
    public async Task SilentStream_SendsItsHeadersAtOnceAndHoldsNoBuffer()
    {
        var service = new Service { Waits = true };
        Task<(CopyResult Result, long Bytes, Exception? Failure)> copying = BodyCopier.CopyAsync(service, _client, null, _timer).AsTask();

        (_client.Flushes, service.Asked.Single(), _client.Held).Should().Be((1, 0, 0));

        service.Release();
        (await copying.WaitAsync(Patience)).Result.Should().Be(CopyResult.Complete);
    }

    [Fact]
    public async Task ServiceThatEndsBeforeItsLength_HasFailed() =>
        (await CopyAsync(new Service(new byte[3]), 5)).Should().Be((CopyResult.ServiceFailed, 3L, null));

    [Fact]
    public async Task ServiceThatSendsMoreThanItsLength_HasFailedAndTheRestIsNotSent()
    {
        (await CopyAsync(new Service(new byte[5_000], new byte[5_000]), 5_001)).Result.Should().Be(CopyResult.ServiceFailed);
        _client.Received.Should().BeLessThanOrEqualTo(5_001);
    }

    [Theory]
    [InlineData(10L)]
    [InlineData(null)]
    public async Task ServiceThatFailsToBeRead_IsTheService(long? length)
    {
        var failure = new IOException("reset");
        (await CopyAsync(new Service(new byte[3]) { Failure = failure }, length)).Should().Be((CopyResult.ServiceFailed, 3L, failure));
    }

    [Fact]
    public async Task ClientThatTakesNothing_IsTheClient()
    {
        _client.Failure = new IOException("gone");
        (await CopyAsync(new Service(new byte[10_000]), 10_000)).Should().Be((CopyResult.ClientFailed, 4_096L, _client.Failure));
    }

    [Fact]
    public async Task ClientThatIsGoneBeforeAStreamBegins_IsTheClient()
    {
        _client.Failure = new IOException("gone");
        (await CopyAsync(new Service { Waits = true }, null)).Should().Be((CopyResult.ClientFailed, 0L, _client.Failure));
    }

    [Fact]
    public async Task EveryPiece_DefersTheIdleTimeout()
    {
        TimeSpan idle = new TimeoutOptions().Idle;
        using AttemptTimer timer = new AttemptTimer(_clock).Begin(new TimeoutOptions { Total = TimeSpan.FromHours(1) }, _clock.GetTimestamp(), hasBody: false, isGrpc: false, CancellationToken.None);
        timer.HeadersCame(isStream: false);
        var service = new Service(Enumerable.Repeat(new byte[10], 5).ToArray()) { BeforeRead = () => _clock.Advance(idle - TimeSpan.FromSeconds(1)) };

        (CopyResult result, _, _) = await BodyCopier.CopyAsync(service, _client, 50, timer);

        (result, timer.Fired).Should().Be((CopyResult.Complete, TimeoutPhase.None));
    }

    /// <summary>The last piece of an answer that had begun to leave once waited for the connection's keep-alive timeout.</summary>
    [Fact]
    public async Task AnswerInSeveralPiecesOnAKeptConnection_IsCompleteAtOnce()
    {
        byte[] body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(static i => (char)('a' + (i % 26)))));
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            http.Response.ContentLength = body.Length;
            for (int at = 0; at < body.Length; at += 4_000)
            {
                await http.Response.Body.WriteAsync(body.AsMemory(at, 4_000));
                await http.Response.Body.FlushAsync();
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        for (int request = 0; request < 3; request++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\n\r\n");
            (await client.ReadResponseAsync().WaitAsync(Patience)).Body.Should().Be(Encoding.ASCII.GetString(body));
        }
    }

    private async Task<(CopyResult Result, long Bytes, Exception? Failure)> CopyAsync(Service service, long? length) =>
        await BodyCopier.CopyAsync(service, _client, length, _timer).AsTask().WaitAsync(Patience);

    /// <summary>Gives its pieces one per read, then fails or ends.</summary>
    private sealed class Service(params byte[][] pieces) : MemoryStream
    {
        private readonly Queue<ReadOnlyMemory<byte>> _pieces = new(pieces.Select(static piece => new ReadOnlyMemory<byte>(piece)));
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<int> Asked { get; } = [];

        public Exception? Failure { get; init; }

        public bool Waits { get; init; }

        public Action? BeforeRead { get; init; }

        public void Release() => _released.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Asked.Add(buffer.Length);
            BeforeRead?.Invoke();
            if (Waits)
            {
                await _released.Task.WaitAsync(cancellationToken);
            }

            if (buffer.Length == 0)
            {
                return 0;
            }

            if (!_pieces.TryDequeue(out ReadOnlyMemory<byte> piece))
            {
                return Failure is null ? 0 : throw Failure;
            }

            int count = Math.Min(piece.Length, buffer.Length);
            piece[..count].CopyTo(buffer);
            if (count < piece.Length)
            {
                ReadOnlyMemory<byte>[] rest = [piece[count..], .. _pieces];
                _pieces.Clear();
                foreach (ReadOnlyMemory<byte> next in rest)
                {
                    _pieces.Enqueue(next);
                }
            }

            return count;
        }
    }

    /// <summary>Gives exactly the memory it is asked for, and counts.</summary>
    private sealed class Client : PipeWriter
    {
        public int Received { get; private set; }

        public int Unflushed { get; private set; }

        public int Flushes { get; private set; }

        public int Held { get; private set; }

        public Exception? Failure { get; set; }

        public override void Advance(int bytes) => (Received, Unflushed, Held) = (Received + bytes, Unflushed + bytes, 0);

        public override Memory<byte> GetMemory(int sizeHint = 0)
        {
            Held = sizeHint;
            return new byte[sizeHint];
        }

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            (Flushes, Unflushed) = (Flushes + 1, 0);
            return Failure is null ? default : ValueTask.FromException<FlushResult>(Failure);
        }

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
