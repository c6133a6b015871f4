using System.IO.Compression;
using System.Text;
using Gateway.Core.Authentication;
using Gateway.Core.RateLimiting;
using Gateway.Core.Testing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Embedding;

/// <content>Behind middleware of ASP.NET's that changes what passes.</content>
public sealed partial class GatewayApplicationExtensionsTests
{
    /// <summary>The service read what was beyond the announced length as a request of its own, with an identity of the client's choice.</summary>
    [Theory]
    [InlineData(20_000)]
    [InlineData(2_000)]
    public async Task BodyThatMiddlewareHasMadeLonger_IsNotSentBeyondItsLength(int size)
    {
        await using ScriptedService service = await ScriptedService.StartAsync(static http => http.Request.Body.CopyToAsync(Stream.Null));
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(TestOptions.For(service.Url));
        builder.Services.AddRequestDecompression();
        await using TestApplication app = await TestApplication.StartAsync(builder, static app =>
        {
            app.UseRequestDecompression();
            app.UseGateway();
        });
        byte[] zipped = Zipped(size);
        using RawConnection connection = await RawConnection.ToAsync(PortOf(app));

        await connection.SendAsync($"POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: {zipped.Length}\r\n\r\n");
        await connection.SendAsync(zipped);

        (await connection.ReadToEndAsync()).Should().StartWith("HTTP/1.1 400 ").And.Contain("bad_request");
        service.Received.Should().NotContain(static one => one.Target == "/smuggled");
    }

    [Fact]
    public async Task BodyThatMiddlewareHasRead_IsNoWholeOne()
    {
        await using ScriptedService service = await ScriptedService.StartAsync(static http => http.Request.Body.CopyToAsync(Stream.Null));
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(TestOptions.For(service.Url));
        await using TestApplication app = await TestApplication.StartAsync(builder, static app =>
        {
            app.Use(static async (http, next) =>
            {
                await http.Request.Body.CopyToAsync(Stream.Null);
                await next(http);
            });
            app.UseGateway();
        });
        using RawConnection connection = await RawConnection.ToAsync(PortOf(app));

        await connection.SendAsync("POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");

        (await connection.ReadToEndAsync()).Should().StartWith("HTTP/1.1 400 ").And.Contain("Content-Length");
    }

    /// <summary>Chunks of ours went through the compression, and none was left around it.</summary>
    [Fact]
    public async Task AnswerWithTrailers_BehindCompression_IsFramedByTheServer()
    {
        await using ScriptedService service = await ScriptedService.StartAsync(static async http =>
        {
            http.Response.ContentType = "text/plain";
            await http.Response.WriteAsync(new string('a', 5_000));
        });
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(TestOptions.For(service.Url));
        builder.Services.AddResponseCompression();
        await using TestApplication app = await TestApplication.StartAsync(builder, static app =>
        {
            app.UseResponseCompression();
            app.UseGateway();
        });

        using HttpResponseMessage answer = await app.SendAsync("/x", ("TE", "trailers"), ("Accept-Encoding", "gzip"));

        answer.Content.Headers.ContentEncoding.Should().Equal("gzip");
        await using var plain = new GZipStream(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using var reader = new StreamReader(plain);
        (await reader.ReadToEndAsync()).Should().Be(new string('a', 5_000));
    }

    [Fact]
    public async Task AnswerThatBreaksOff_BehindAStreamThatHoldsItBack_IsCut()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedService service = await ScriptedService.StartAsync(async http =>
        {
            http.Response.ContentLength = 1_000;
            await http.Response.WriteAsync("a part");
            await http.Response.Body.FlushAsync();
            await written.Task;
            http.Abort();
        });
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(TestOptions.For(service.Url));
        await using TestApplication app = await TestApplication.StartAsync(builder, app =>
        {
            app.Use(async (http, next) =>
            {
                Stream client = http.Response.Body;
                using var kept = new Telling(written);
                http.Response.Body = kept;
                await next(http);
                kept.Position = 0;
                await kept.CopyToAsync(client);
            });
            app.UseGateway();
        });

        await FluentActions.Awaiting(() => app.GetAsync("/x")).Should().ThrowAsync<HttpRequestException>();
    }

    /// <summary>What is judged is what the application serves, however the target is written: no dot is resolved that the application has kept, and nothing
    /// is decoded twice.</summary>
    [Theory]
    [InlineData("GET http://127.0.0.1/secret/..%2Fpublic/x HTTP/1.1", null)]
    [InlineData("GET /secret/%252e%252e/public/x HTTP/1.1", null)]
    [InlineData("GET /secret/%252e%252e/public/x HTTP/1.1", "/prefix")]
    [InlineData("GET /secret/..%2Fpublic/x HTTP/1.1", "/prefix")]
    public async Task PathWithHiddenDots_IsNoneOfThoseThatNeedNoToken(string line, string? prefix)
    {
        WebApplicationBuilder builder = TestApplication.Builder();
        await using TestApplication app = await TestApplication.StartAsync(builder, app =>
        {
            Before(app, prefix);
            app.UseGatewayAuthentication(
                new AuthOptions { Mode = AuthMode.Custom, SkipPaths = ["/public/**"] }, check: static (_, _) => ValueTask.FromResult(TokenResult.Invalid));
            app.Map("/secret", static secret => secret.Run(static http => http.Response.WriteAsync("SECRET")));
        });

        (await AskAsync(app, line)).Should().MatchRegex("^HTTP/1.1 40[01] ").And.NotContain("SECRET");
    }

    [Theory]
    [InlineData("GET http://127.0.0.1/public/..%2Fadmin/x HTTP/1.1", null)]
    [InlineData("GET /public/%252e%252e/admin/x HTTP/1.1", "/prefix")]
    public async Task PathWithHiddenDots_ReachesNoOtherRoute(string line, string? prefix)
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(TestOptions.For(service.Url));
        await using TestApplication app = await TestApplication.StartAsync(builder, app =>
        {
            Before(app, prefix);
            app.UseRouting();
            app.MapGet("/admin/{**path}", static () => Results.StatusCode(403));
            app.MapGateway("/public/{**path}");
        });

        await AskAsync(app, line);

        service.Received.Should().NotContain(static one => one.Target.StartsWith("/admin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RequestThatIsSentThroughOnceMore_CountsOnce()
    {
        WebApplicationBuilder builder = TestApplication.Builder();
        await using TestApplication app = await TestApplication.StartAsync(builder, static app =>
        {
            app.UseExceptionHandler("/error");
            app.UseGatewayRateLimit("per-ip", new RateLimitPolicyOptions { Capacity = 1, RefillPerSecond = 0.001 });
            app.Run(static http => http.Request.Path == "/error" ? http.Response.WriteAsync("the error's page") : throw new InvalidOperationException("defect"));
        });

        using HttpResponseMessage answer = await app.SendAsync("/x");

        ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()).Should().Be((500, "the error's page"));
        answer.Headers.GetValues("RateLimit-Policy").Single().Should().NotContain(",");
    }

    /// <summary>A proxy's prefix, which is not in the path any more.</summary>
    private static void Before(WebApplication app, string? prefix) => app.Use(next => http =>
    {
        http.Request.PathBase = prefix;
        return next(http);
    });

    private static async Task<string> AskAsync(TestApplication app, string line)
    {
        using RawConnection connection = await RawConnection.ToAsync(PortOf(app));
        await connection.SendAsync($"{line}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        return await connection.ReadToEndAsync();
    }

    private static int PortOf(TestApplication app) =>
        new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    /// <summary>A body about twice as long as it is zipped, in which a request stands.</summary>
    private static byte[] Zipped(int size)
    {
        using var zipped = new MemoryStream();
        using (var stream = new GZipStream(zipped, CompressionLevel.Optimal, leaveOpen: true))
        {
            byte[] random = new byte[size];
            new Random(1).NextBytes(random);
            stream.Write(random);
            stream.Write(Encoding.ASCII.GetBytes("GET /smuggled HTTP/1.1\r\nHost: a\r\nX-User-ID: admin\r\n\r\n"));
            stream.Write(new byte[size]);
        }

        return zipped.ToArray();
    }

    private sealed class Telling(TaskCompletionSource written) : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await base.WriteAsync(buffer, cancellationToken);
            written.TrySetResult();
        }
    }
}
