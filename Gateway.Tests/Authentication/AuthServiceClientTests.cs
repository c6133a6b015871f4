using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

public sealed class AuthServiceClientTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _clock = new(Noon);
    private readonly FakeService _service = new();
    private readonly HttpMessageInvoker _http;
    private readonly AuthServiceClient _client;

    public AuthServiceClientTests()
    {
        _http = new HttpMessageInvoker(_service);
        _client = ClientFor(new AuthOptions { ServiceUrl = "http://auth:8001" });
    }

    public void Dispose()
    {
        _http.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task Question_IsAPostOfTheTokenAsJson()
    {
        await _client.VerifyAsync("abc");

        (_service.Method, _service.Url, _service.ContentType).Should().Be(("POST", "http://auth:8001/verify", "application/json"));
        _service.Body.Should().Be("""{"token":"abc"}""");
    }

    [Theory]
    [InlineData("http://auth:8001/", "/verify", "http://auth:8001/verify")]
    [InlineData("http://auth:8001/v2", "/tokens/check", "http://auth:8001/v2/tokens/check")]
    public async Task Address_IsServiceUrlThenVerifyPath(string url, string path, string expected)
    {
        await ClientFor(new AuthOptions { ServiceUrl = url, VerifyPath = path }).VerifyAsync("abc");

        _service.Url.Should().Be(expected);
    }

    [Fact]
    public async Task TokenThatTriesToBeJson_ArrivesAsData()
    {
        const string Token = "\"},{\"token\":\"other\\\u0001";

        await _client.VerifyAsync(Token);

        using var question = JsonDocument.Parse(_service.Body!);
        question.RootElement.EnumerateObject().Should().ContainSingle();
        question.RootElement.GetProperty("token").GetString().Should().Be(Token);
    }

    [Fact]
    public async Task FullAnswer_BecomesTheUser()
    {
        _service.Answers(
            """
            {"user_id":"u1","email":"u1@example.com","roles":["user","admin"],"scopes":["read"],"tier":"gold","expires_at":1767272400,"more":{}}
            """);

        UserContext user = (await _client.VerifyAsync("abc")).User!;

        user.UserId.Should().Be("u1");
        user.Email.Should().Be("u1@example.com");
        user.Roles.Should().Equal("user", "admin");
        user.Scopes.Should().Equal("read");
        user.Tier.Should().Be("gold");
        user.ExpiresAt.Should().Be(Noon.AddHours(1));
    }

    [Theory]
    [InlineData("""{"user_id":"u1"}""")]
    [InlineData("""{"user_id":"u1","email":null,"roles":null,"scopes":null,"tier":null,"expires_at":null}""")]
    [InlineData("""{"user_id":"u1","email":"","roles":[],"scopes":[],"tier":""}""")]
    public async Task OnlyTheUserId_IsNeeded(string answer)
    {
        _service.Answers(answer);

        TokenResult result = await _client.VerifyAsync("abc");

        result.User.Should().BeEquivalentTo(new UserContext("u1", null, [], [], null, null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"user_id":"u1" """)]
    [InlineData("""{"user_id":"u1"} {"user_id":"u2"}""")]
    [InlineData("""{"user_id":null}""")]
    [InlineData("""{"user_id":""}""")]
    [InlineData("""{"user_id":7}""")]
    [InlineData("""{"user_id":"u1","user_id":"u2"}""")]
    [InlineData("""{"user_id":"u1\r\nX-User-Roles: admin"}""")]
    [InlineData("""{"user_id":"jos\u00e9"}""")]
    [InlineData("""{"user_id":"u1","roles":["a,b"]}""")]
    [InlineData("""{"user_id":"u1","roles":["a\n"]}""")]
    [InlineData("""{"user_id":"u1","roles":[null]}""")]
    [InlineData("""{"user_id":"u1","roles":"admin"}""")]
    [InlineData("""{"user_id":"u1","scopes":[null]}""")]
    [InlineData("""{"user_id":"u1","tier":"gold\u0000"}""")]
    [InlineData("""{"user_id":"u1","expires_at":"soon"}""")]
    [InlineData("""{"user_id":"u1","expires_at":1767272400000}""")]
    [InlineData("""{"user_id":"u1","expires_at":99999999999999999999}""")]
    public async Task AnswerThatMakesNoSense_IsUnknown(string answer)
    {
        _service.Answers(answer);

        (await _client.VerifyAsync("abc")).Verdict.Should().Be(TokenVerdict.Unknown);
        _client.Failures.Value.Should().Be(1);
    }

    [Theory]
    [InlineData(1767268801, TokenVerdict.Valid)]
    [InlineData(1767268800, TokenVerdict.Invalid)]
    [InlineData(1767268799, TokenVerdict.Invalid)]
    [InlineData(0, TokenVerdict.Invalid)]
    [InlineData(long.MinValue, TokenVerdict.Invalid)]
    [InlineData(253402300799, TokenVerdict.Valid)]
    [InlineData(253402300800, TokenVerdict.Unknown)]
    public async Task ExpiresAt_IsJudgedByTheGatewaysClock(long expiresAt, object verdict)
    {
        _service.Answers($$"""{"user_id":"u1","expires_at":{{expiresAt}}}""");

        (await _client.VerifyAsync("abc")).Verdict.Should().Be((TokenVerdict)verdict);
    }

    [Theory]
    [InlineData(400, TokenVerdict.Invalid)]
    [InlineData(401, TokenVerdict.Invalid)]
    [InlineData(403, TokenVerdict.Invalid)]
    [InlineData(404, TokenVerdict.Invalid)]
    [InlineData(422, TokenVerdict.Invalid)]
    [InlineData(499, TokenVerdict.Invalid)]
    [InlineData(408, TokenVerdict.Unknown)]
    [InlineData(425, TokenVerdict.Unknown)]
    [InlineData(429, TokenVerdict.Unknown)]
    [InlineData(201, TokenVerdict.Unknown)]
    [InlineData(204, TokenVerdict.Unknown)]
    [InlineData(302, TokenVerdict.Unknown)]
    [InlineData(307, TokenVerdict.Unknown)]
    [InlineData(500, TokenVerdict.Unknown)]
    [InlineData(503, TokenVerdict.Unknown)]
    public async Task Status_DecidesBetweenInvalidAndUnknown(int status, object verdict)
    {
        _service.Respond = (_, _) => Task.FromResult(Response((HttpStatusCode)status, """{"user_id":"u1"}"""));

        (await _client.VerifyAsync("abc")).Verdict.Should().Be((TokenVerdict)verdict);
        _client.Failures.Value.Should().Be((TokenVerdict)verdict == TokenVerdict.Unknown ? 1 : 0);
    }

    [Fact]
    public async Task ConnectFailure_IsUnknown()
    {
        _service.Respond = (_, _) => throw new HttpRequestException(HttpRequestError.ConnectionError);

        (await _client.VerifyAsync("abc")).Verdict.Should().Be(TokenVerdict.Unknown);
    }

    [Fact]
    public async Task HandlerThatThrowsAnythingElse_IsUnknown()
    {
        _service.Respond = (_, _) => throw new InvalidTimeZoneException("foreign");

        (await _client.VerifyAsync("abc")).Verdict.Should().Be(TokenVerdict.Unknown);
    }

    [Fact]
    public async Task ServiceThatDoesNotAnswer_IsUnknownAfterTheTimeout()
    {
        _service.Respond = Hang;
        Task<TokenResult> call = _client.VerifyAsync("abc");

        _clock.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        call.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromTicks(1));

        (await call).Verdict.Should().Be(TokenVerdict.Unknown);
    }

    [Fact]
    public async Task ServiceThatStopsInTheBody_IsUnknownAfterTheTimeout()
    {
        _service.Respond = (_, _) => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(new EndlessStream(hangs: true)) });
        Task<TokenResult> call = _client.VerifyAsync("abc");

        _clock.Advance(TimeSpan.FromSeconds(2));

        (await call).Verdict.Should().Be(TokenVerdict.Unknown);
    }

    [Fact]
    public async Task AnswerOfSixtyFourKilobytes_IsRead_OneByteMoreIsUnknown()
    {
        const string Start = "{\"user_id\":\"u1\",\"x\":\"";
        const string End = "\"}";
        string limit = Start + new string('x', (64 * 1024) - Start.Length - End.Length) + End;

        _service.Respond = (_, _) => Task.FromResult(Streamed(limit));
        (await _client.VerifyAsync("abc")).Verdict.Should().Be(TokenVerdict.Valid);

        _service.Respond = (_, _) => Task.FromResult(Streamed(limit + " "));
        (await _client.VerifyAsync("abc")).Verdict.Should().Be(TokenVerdict.Unknown);
    }

    [Fact]
    public async Task AnswerWithoutEnd_IsUnknown()
    {
        _service.Respond = (_, _) => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(new EndlessStream(hangs: false)) });

        (await _client.VerifyAsync("abc")).Verdict.Should().Be(TokenVerdict.Unknown);
    }

    [Fact]
    public async Task CallsBeyondTheLimit_AreUnknownAtOnce_AndTheOthersGoOn()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _service.Respond = async (_, _) =>
        {
            await release.Task;
            return Response(HttpStatusCode.OK, """{"user_id":"u1"}""");
        };
        AuthServiceClient client = ClientFor(new AuthOptions { ServiceUrl = "http://auth:8001", MaxConcurrentCalls = 2 });
        Task<TokenResult> first = client.VerifyAsync("a");
        Task<TokenResult> second = client.VerifyAsync("b");

        Task<TokenResult> third = client.VerifyAsync("c");

        third.IsCompleted.Should().BeTrue();
        (await third).Verdict.Should().Be(TokenVerdict.Unknown);
        (client.Overflows.Value, client.Failures.Value).Should().Be((1, 0));
        release.SetResult();
        (await first).IsValid.Should().BeTrue();
        (await second).IsValid.Should().BeTrue();
        (await client.VerifyAsync("d")).IsValid.Should().BeTrue("places are given back");
        _service.Calls.Should().Be(3);
    }

    [Fact]
    public async Task FailedCalls_GiveTheirPlacesBack()
    {
        _service.Respond = (_, _) => throw new HttpRequestException("down");
        AuthServiceClient client = ClientFor(new AuthOptions { ServiceUrl = "http://auth:8001", MaxConcurrentCalls = 1 });
        await client.VerifyAsync("a");
        _service.Answers("""{"user_id":"u1"}""");

        (await client.VerifyAsync("a")).IsValid.Should().BeTrue();
        client.Overflows.Value.Should().Be(0);
    }

    private AuthServiceClient ClientFor(AuthOptions options) => new(options, _http, _clock);

    private static HttpResponseMessage Response(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    /// <summary>Without a Content-Length, so that only counting what arrives bounds it.</summary>
    private static HttpResponseMessage Streamed(string body)
    {
        var response = new HttpResponseMessage { Content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(body))) };
        response.Content.Headers.ContentLength = null;
        return response;
    }

    private static async Task<HttpResponseMessage> Hang(HttpRequestMessage request, CancellationToken cancelled)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancelled);
        throw new InvalidOperationException("never reached");
    }

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
