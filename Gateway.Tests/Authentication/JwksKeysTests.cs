using System.Net;
using System.Text;
using Gateway.Core.Authentication;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

public sealed class JwksKeysTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeIssuer _issuer = new();
    private readonly HttpMessageInvoker _http;
    private readonly JwksKeys _keys;

    public JwksKeysTests()
    {
        _http = new HttpMessageInvoker(_issuer);
        var options = new AuthOptions { Mode = AuthMode.Jwt, Jwt = new JwtOptions { JwksUrl = "http://issuer/jwks" } };
        _keys = new JwksKeys(options, _http, _clock);
    }

    public void Dispose()
    {
        _http.Dispose();
        _issuer.Dispose();
    }

    [Fact]
    public async Task Keys_AreFetchedWhenFirstNeeded_AndKept()
    {
        _issuer.Fetches.Should().Be(0);

        JwtKeySet? first = await _keys.GetAsync();
        JwtKeySet? second = await _keys.GetAsync();

        first!.Knows("k1").Should().BeTrue();
        second.Should().BeSameAs(first);
        (_issuer.Fetches, _issuer.Url).Should().Be((1, "http://issuer/jwks"));
    }

    [Fact]
    public async Task ManyWhoNeedKeysAtOnce_MakeOneFetch()
    {
        TaskCompletionSource gate = _issuer.Hold();
        Task<JwtKeySet?>[] waiting = [.. Enumerable.Range(0, 100).Select(_ => _keys.GetAsync().AsTask())];

        waiting.Should().OnlyContain(task => !task.IsCompleted);
        gate.SetResult();
        JwtKeySet?[] all = await Task.WhenAll(waiting);

        all.Should().OnlyContain(keys => keys == all[0] && keys != null);
        _issuer.Fetches.Should().Be(1);
    }

    [Fact]
    public async Task KeysAsOldAsTheRefreshInterval_AreFetchedInTheBackground()
    {
        JwtKeySet? old = await _keys.GetAsync();
        _issuer.Kid = "k2";
        _clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        await _keys.GetAsync();
        _issuer.Fetches.Should().Be(1);

        _clock.Advance(TimeSpan.FromTicks(1));
        TaskCompletionSource gate = _issuer.Hold();
        ValueTask<JwtKeySet?> during = _keys.GetAsync();

        during.IsCompletedSuccessfully.Should().BeTrue("nobody waits while there are keys");
        (await during).Should().BeSameAs(old);
        _issuer.Fetches.Should().Be(2);
        gate.SetResult();
        await Until(async () => (await _keys.GetAsync())!.Knows("k2"));
        _issuer.Fetches.Should().Be(2);
    }

    [Fact]
    public async Task OldKeys_StayInUseWhileFetchingFails_AndFetchingIsTriedAgain()
    {
        JwtKeySet? old = await _keys.GetAsync();
        _issuer.Status = HttpStatusCode.ServiceUnavailable;
        _clock.Advance(TimeSpan.FromDays(2));

        (await _keys.GetAsync()).Should().BeSameAs(old);
        await Until(() => Task.FromResult(_keys.FailedFetches.Value == 1));
        (await _keys.GetAsync()).Should().BeSameAs(old);
        _issuer.Fetches.Should().Be(2, "a failed fetch is followed by a pause");

        _issuer.Status = HttpStatusCode.OK;
        _issuer.Kid = "k2";
        _clock.Advance(JwksKeys.RetryInterval);
        await Until(async () => (await _keys.GetAsync())!.Knows("k2"));
        _issuer.Fetches.Should().Be(3);
    }

    [Fact]
    public async Task NoKeysEverAndFetchFails_GivesNone_AndPausesBeforeTheNextFetch()
    {
        _issuer.Status = HttpStatusCode.InternalServerError;

        (await _keys.GetAsync()).Should().BeNull();
        (await _keys.GetAsync()).Should().BeNull();
        (_keys.Fetches.Value, _keys.FailedFetches.Value).Should().Be((1, 1));

        _issuer.Status = HttpStatusCode.OK;
        _clock.Advance(JwksKeys.RetryInterval - TimeSpan.FromTicks(1));
        (await _keys.GetAsync()).Should().BeNull();
        _clock.Advance(TimeSpan.FromTicks(1));
        (await _keys.GetAsync()).Should().NotBeNull();
        (_keys.Fetches.Value, _keys.FailedFetches.Value).Should().Be((2, 1));
    }

    [Fact]
    public async Task IssuerThatDoesNotAnswer_IsGivenUpAfterTheTimeout()
    {
        _issuer.Hangs = true;
        Task<JwtKeySet?> waiting = _keys.GetAsync().AsTask();

        _clock.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        waiting.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromTicks(1));

        (await waiting).Should().BeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"k1"}]}""")]
    public async Task DocumentWithoutUsableKey_IsAFailedFetch(string document)
    {
        JwtKeySet? old = await _keys.GetAsync();
        _issuer.Document = document;
        _clock.Advance(TimeSpan.FromMinutes(10));

        await _keys.GetAsync();
        await Until(() => Task.FromResult(_keys.FailedFetches.Value == 1));

        (await _keys.GetAsync()).Should().BeSameAs(old);
    }

    [Fact]
    public async Task DocumentOf256Kilobytes_IsRead_OneByteMoreIsAFailedFetch()
    {
        string document = FakeIssuer.DocumentFor("k1");
        _issuer.Document = document.PadRight((256 * 1024) + 1);
        (await _keys.GetAsync()).Should().BeNull();

        _issuer.Document = document.PadRight(256 * 1024);
        _clock.Advance(JwksKeys.RetryInterval);
        (await _keys.GetAsync()).Should().NotBeNull();
    }

    [Fact]
    public async Task UnknownKey_CausesAFetch_AndNoOtherBeforeTheInterval()
    {
        JwtKeySet seen = (await _keys.GetAsync())!;

        JwtKeySet fetched = (await _keys.RefreshAsync(seen))!;
        (await _keys.RefreshAsync(fetched)).Should().BeSameAs(fetched);
        _clock.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        (await _keys.RefreshAsync(fetched)).Should().BeSameAs(fetched);
        _issuer.Fetches.Should().Be(2);

        _clock.Advance(TimeSpan.FromTicks(1));
        await _keys.RefreshAsync(fetched);
        _issuer.Fetches.Should().Be(3);
    }

    [Fact]
    public async Task UnknownKeysAtOnce_WaitForTheSameFetch()
    {
        JwtKeySet seen = (await _keys.GetAsync())!;
        _issuer.Kid = "k2";
        TaskCompletionSource gate = _issuer.Hold();
        Task<JwtKeySet?>[] waiting = [.. Enumerable.Range(0, 100).Select(_ => _keys.RefreshAsync(seen).AsTask())];

        gate.SetResult();
        JwtKeySet?[] all = await Task.WhenAll(waiting);

        all.Should().OnlyContain(keys => keys!.Knows("k2"));
        _issuer.Fetches.Should().Be(2);
    }

    [Fact]
    public async Task UnknownKeyWhenNewerKeysAreThere_CausesNoFetch()
    {
        JwtKeySet seen = (await _keys.GetAsync())!;
        JwtKeySet newer = (await _keys.RefreshAsync(seen))!;
        _clock.Advance(TimeSpan.FromSeconds(30));

        (await _keys.RefreshAsync(seen)).Should().BeSameAs(newer);
        _issuer.Fetches.Should().Be(2);
    }

    [Fact]
    public async Task UnknownKeyWhileFetchingFails_IsNotKnownToBeUnknown()
    {
        JwtKeySet seen = (await _keys.GetAsync())!;
        _issuer.Status = HttpStatusCode.BadGateway;

        (await _keys.RefreshAsync(seen)).Should().BeNull();
        (await _keys.RefreshAsync(seen)).Should().BeNull();
        (await _keys.GetAsync()).Should().BeSameAs(seen);
        _issuer.Fetches.Should().Be(2);
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!await condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class FakeIssuer : HttpMessageHandler
    {
        private int _fetches;
        private Task _gate = Task.CompletedTask;

        public string Kid { get; set; } = "k1";

        public string? Document { get; set; }

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        public bool Hangs { get; set; }

        public int Fetches => _fetches;

        public string? Url { get; private set; }

        public static string DocumentFor(string kid) =>
            $$"""{"keys":[{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ","kid":"{{kid}}"}]}""";

        public TaskCompletionSource Hold()
        {
            var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _gate = gate.Task;
            return gate;
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _fetches);
            Url = request.RequestUri!.AbsoluteUri;
            await _gate.WaitAsync(cancellationToken);
            if (Hangs)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return new HttpResponseMessage(Status) { Content = new StringContent(Document ?? DocumentFor(Kid), Encoding.UTF8) };
        }
    }
}
