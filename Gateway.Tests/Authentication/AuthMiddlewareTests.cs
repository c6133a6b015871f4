using System.Net;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

public sealed class AuthMiddlewareTests : IAsyncLifetime, IDisposable
{
    private readonly FakeAuthService _service = new();
    private readonly HttpMessageInvoker _http;
    private readonly TokenValidator _validator;
    private readonly AuthMiddleware _stage;
    private int _passed;

    public AuthMiddlewareTests()
    {
        _http = new HttpMessageInvoker(_service);
        var options = new AuthOptions { ServiceUrl = "http://auth", SkipPaths = ["/health", "/api/auth/**"] };
        _validator = new TokenValidator(options, _http, new FakeTimeProvider());
        _stage = new AuthMiddleware(Pass, options, _validator);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _validator.DisposeAsync();

    public void Dispose()
    {
        _http.Dispose();
        _service.Dispose();
    }

    [Theory]
    [InlineData(RouteAuth.Required)]
    [InlineData(RouteAuth.Optional)]
    public async Task ValidToken_GoesOnAsItsUser(RouteAuth auth)
    {
        GatewayContext context = Request(auth, "Bearer good");

        await _stage.InvokeAsync(context);

        context.User!.UserId.Should().Be("u1");
        (_passed, context.Error).Should().Be((1, GatewayError.None));
    }

    [Fact]
    public async Task ValidTokenInTheCookie_GoesOnAsItsUser()
    {
        GatewayContext context = Request(RouteAuth.Required);
        context.Http.Request.Headers.Cookie = "access_token=good";

        await _stage.InvokeAsync(context);

        context.User!.UserId.Should().Be("u1");
    }

    [Fact]
    public async Task RequiredWithoutToken_IsTokenMissing()
    {
        GatewayContext context = Request(RouteAuth.Required);

        await _stage.InvokeAsync(context);

        (_passed, context.Error, context.RetryAfterSeconds).Should().Be((0, GatewayError.TokenMissing, null));
    }

    [Fact]
    public async Task OptionalWithoutToken_GoesOnAnonymously()
    {
        GatewayContext context = Request(RouteAuth.Optional);

        await _stage.InvokeAsync(context);

        (_passed, context.User, context.Error).Should().Be((1, null, GatewayError.None));
    }

    [Theory]
    [InlineData(RouteAuth.Required, "Bearer a b")]
    [InlineData(RouteAuth.Optional, "Bearer a b")]
    [InlineData(RouteAuth.Required, "Bearer bad")]
    [InlineData(RouteAuth.Optional, "Bearer bad")]
    public async Task MalformedOrInvalidToken_IsTokenInvalid(RouteAuth auth, string header)
    {
        GatewayContext context = Request(auth, header);

        await _stage.InvokeAsync(context);

        (_passed, context.User, context.Error).Should().Be((0, null, GatewayError.TokenInvalid));
    }

    [Theory]
    [InlineData(RouteAuth.Required)]
    [InlineData(RouteAuth.Optional)]
    public async Task AuthServiceDown_IsAuthUnavailableWithRetryAfter(RouteAuth auth)
    {
        GatewayContext context = Request(auth, "Bearer down");

        await _stage.InvokeAsync(context);

        (_passed, context.Error, context.RetryAfterSeconds).Should().Be((0, GatewayError.AuthUnavailable, 1));
    }

    [Theory]
    [InlineData("Bearer good")]
    [InlineData("Bearer bad")]
    [InlineData("Bearer a b")]
    [InlineData(null)]
    public async Task AnonymousRoute_DoesNotLookAtTheToken(string? header)
    {
        GatewayContext context = Request(RouteAuth.Anonymous, header);

        await _stage.InvokeAsync(context);

        (_passed, context.User, _service.Calls).Should().Be((1, null, 0));
    }

    [Theory]
    [InlineData("/health", "Bearer bad")]
    [InlineData("/api/auth/login", null)]
    public async Task SkipPath_WinsOverTheRoutesRule(string path, string? header)
    {
        GatewayContext context = Request(RouteAuth.Required, header);
        context.Path = path;

        await _stage.InvokeAsync(context);

        (_passed, context.User, _service.Calls).Should().Be((1, null, 0));
    }

    [Fact]
    public async Task AuthenticationNotConfigured_GoesOn()
    {
        var stage = new AuthMiddleware(Pass, new AuthOptions(), validator: null);
        GatewayContext context = Request(RouteAuth.Required);

        await stage.InvokeAsync(context);

        (_passed, context.User, context.Error).Should().Be((1, null, GatewayError.None));
    }

    [Fact]
    public async Task ClientThatLeavesWhileWaiting_EndsTheWait()
    {
        using var leaves = new CancellationTokenSource();
        GatewayContext context = Request(RouteAuth.Required, "Bearer hang");
        context.Http.RequestAborted = leaves.Token;
        Task task = _stage.InvokeAsync(context);

        await leaves.CancelAsync();

        await FluentActions.Awaiting(() => task).Should().ThrowAsync<OperationCanceledException>();
        (_passed, context.Error).Should().Be((0, GatewayError.None), "the pipeline says what that means");
    }

    [Fact]
    public async Task CachedToken_GoesOnWithoutBecomingAsync_AndAllocatesNothing()
    {
        GatewayContext context = Request(RouteAuth.Required, "Bearer good");
        await _stage.InvokeAsync(context);
        Task warm = _stage.InvokeAsync(context);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Task task = _stage.InvokeAsync(context);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        allocated.Should().Be(0);
        task.Should().BeSameAs(warm).And.BeSameAs(Task.CompletedTask, "it is the next stage's own task");
        _passed.Should().Be(3);
    }

    private static GatewayContext Request(RouteAuth auth, string? authorization = null)
    {
        var context = new GatewayContext(new DefaultHttpContext(), 0) { Auth = auth, Path = "/api/orders" };
        if (authorization is not null)
        {
            context.Http.Request.Headers.Authorization = authorization;
        }

        return context;
    }

    private Task Pass(GatewayContext context)
    {
        _passed++;
        return Task.CompletedTask;
    }

    /// <summary>The token says what happens: good, bad, down, hang.</summary>
    private sealed class FakeAuthService : HttpMessageHandler
    {
        public int Calls { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            string question = await request.Content!.ReadAsStringAsync(cancellationToken);
            if (question.Contains("hang", StringComparison.Ordinal))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            HttpStatusCode status = question.Contains("good", StringComparison.Ordinal) ? HttpStatusCode.OK
                : question.Contains("bad", StringComparison.Ordinal) ? HttpStatusCode.Unauthorized
                : HttpStatusCode.ServiceUnavailable;
            return new HttpResponseMessage(status) { Content = new StringContent("""{"user_id":"u1"}""") };
        }
    }
}
