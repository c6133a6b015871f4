using System.Net;

namespace Gateway.Tests.Authentication;

public sealed partial class AuthServiceClientTests
{
    private sealed class FakeService : HttpMessageHandler
    {
        private int _calls;

        public Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> Respond { get; set; } =
            (_, _) => Task.FromResult(Response(HttpStatusCode.OK, """{"user_id":"u1"}"""));

        public int Calls => _calls;

        public string? Method { get; private set; }

        public string? Url { get; private set; }

        public string? ContentType { get; private set; }

        public string? Body { get; private set; }

        public void Answers(string body) => Respond = (_, _) => Task.FromResult(Response(HttpStatusCode.OK, body));

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            (Method, Url) = (request.Method.Method, request.RequestUri!.AbsoluteUri);
            ContentType = request.Content!.Headers.ContentType!.ToString();
            Body = await request.Content.ReadAsStringAsync(cancellationToken);
            return await Respond(request, cancellationToken);
        }
    }

    private sealed class EndlessStream(bool hangs) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await (hangs ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken) : Task.CompletedTask);
            buffer.Span.Fill((byte)' ');
            return buffer.Length;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
