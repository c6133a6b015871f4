using System.Text.Json;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Wire;

/// <summary>Grpc.Net.Client through the gateway to Grpc.AspNetCore.</summary>
public sealed class GrpcTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Unary_IsAnswered()
    {
        await using Setting setting = await Setting.StartAsync(new TextService());

        (await setting.Client.Unary("hello")).Should().Be("hello");
    }

    [Fact]
    public async Task ClientStreaming_DeliversEveryMessage()
    {
        await using Setting setting = await Setting.StartAsync(new TextService());

        using AsyncClientStreamingCall<string, string> call = setting.Client.Collect();
        foreach (string word in new[] { "one", "two", "three" })
        {
            await call.RequestStream.WriteAsync(word);
        }

        await call.RequestStream.CompleteAsync();
        (await call.ResponseAsync.WaitAsync(Patience)).Should().Be("one two three");
    }

    [Fact]
    public async Task ServerStreaming_DeliversEachMessageAtOnce()
    {
        var next = new SemaphoreSlim(0);
        await using Setting setting = await Setting.StartAsync(new TextService
        {
            OnSplit = async (text, writer, _) =>
            {
                foreach (string word in text.Split(' '))
                {
                    await next.WaitAsync(Patience);
                    await writer.WriteAsync(word);
                }
            },
        });

        using AsyncServerStreamingCall<string> call = setting.Client.Split("one two three");
        var seen = new List<string>();
        next.Release();
        await foreach (string word in call.ResponseStream.ReadAllAsync())
        {
            seen.Add(word);
            next.Release();
        }

        seen.Should().Equal("one", "two", "three");
    }

    [Fact]
    public async Task Duplex_DeliversEachMessageAtOnceBothWays()
    {
        await using Setting setting = await Setting.StartAsync(new TextService());

        using AsyncDuplexStreamingCall<string, string> call = setting.Client.Chat();
        foreach (string word in new[] { "one", "two", "three" })
        {
            await call.RequestStream.WriteAsync(word);
            (await call.ResponseStream.MoveNext().WaitAsync(Patience)).Should().BeTrue();
            call.ResponseStream.Current.Should().Be(word);
        }

        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext().WaitAsync(Patience)).Should().BeFalse();
        call.GetStatus().StatusCode.Should().Be(StatusCode.OK);
    }

    [Fact]
    public async Task Metadata_PassesBothWaysBinaryToo()
    {
        await using Setting setting = await Setting.StartAsync(new TextService
        {
            OnUnary = async (_, context) =>
            {
                await context.WriteResponseHeadersAsync([new("head-bin", context.RequestHeaders.GetValueBytes("sent-bin")!)]);
                context.ResponseTrailers.Add("tail", context.RequestHeaders.GetValue("sent")!);
                context.ResponseTrailers.Add("tail-bin", [3, 2, 1, 0, 255]);
                return "";
            },
        });

        using AsyncUnaryCall<string> call = setting.Client.Unary("", new CallOptions([new("sent", "word"), new("sent-bin", [0, 1, 2, 255])]));
        await call.ResponseAsync.WaitAsync(Patience);

        (await call.ResponseHeadersAsync).GetValueBytes("head-bin").Should().Equal(0, 1, 2, 255);
        call.GetTrailers().GetValue("tail").Should().Be("word");
        call.GetTrailers().GetValueBytes("tail-bin").Should().Equal(3, 2, 1, 0, 255);
    }

    [Fact]
    public async Task LargeMessage_PassesBothWays()
    {
        string large = new('x', 16 << 20);
        await using Setting setting = await Setting.StartAsync(new TextService());

        (await setting.Client.Unary(large).ResponseAsync.WaitAsync(Patience)).Should().Be(large);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StatusOfTheService_ArrivesWithItsDetails(bool afterAMessage)
    {
        await using Setting setting = await Setting.StartAsync(new TextService
        {
            OnSplit = async (_, writer, context) =>
            {
                if (afterAMessage)
                {
                    await writer.WriteAsync("first");
                }

                throw new RpcException(new Status(StatusCode.FailedPrecondition, "ünusual: 100%"), [new("grpc-status-details-bin", [8, 9])]);
            },
        });

        using AsyncServerStreamingCall<string> call = setting.Client.Split("");
        (await Task.Run(() => afterAMessage ? call.ResponseStream.MoveNext() : Task.FromResult(false)).WaitAsync(Patience)).Should().Be(afterAMessage);
        RpcException failure = await GrpcClient.FailureAsync(call.ResponseStream.MoveNext());

        failure.Status.Should().BeEquivalentTo(new { StatusCode = StatusCode.FailedPrecondition, Detail = "ünusual: 100%" });
        failure.Trailers.GetValueBytes("grpc-status-details-bin").Should().Equal(8, 9);
    }

    [Fact]
    public async Task Deadline_ReachesTheServiceAndEndsTheCall()
    {
        var deadline = new TaskCompletionSource<DateTime>(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Setting setting = await Setting.StartAsync(new TextService
        {
            OnUnary = async (_, context) =>
            {
                deadline.SetResult(context.Deadline);
                context.CancellationToken.Register(cancelled.SetResult);
                await cancelled.Task;
                return "late";
            },
        });

        using AsyncUnaryCall<string> call = setting.Client.Unary("", new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(300)));
        RpcException failure = await GrpcClient.FailureAsync(call.ResponseAsync);

        failure.StatusCode.Should().Be(StatusCode.DeadlineExceeded);
        (await deadline.Task.WaitAsync(Patience)).Should().BeBefore(DateTime.MaxValue);
        await cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task CallThatTheClientCancels_IsCancelledAtTheService()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Setting setting = await Setting.StartAsync(new TextService
        {
            OnChat = async (reader, writer, context) =>
            {
                context.CancellationToken.Register(cancelled.SetResult);
                await writer.WriteAsync("begun");
                await cancelled.Task;
            },
        });
        using var cancel = new CancellationTokenSource();

        using AsyncDuplexStreamingCall<string, string> call = setting.Client.Chat(
            new CallOptions([new("x-correlation-id", "left")], cancellationToken: cancel.Token));
        await call.ResponseStream.MoveNext().WaitAsync(Patience);
        await cancel.CancelAsync();
        await cancelled.Task.WaitAsync(Patience);

        (await setting.Gateway.LogLineAsync("left")).GetProperty("status_code").GetInt32().Should().Be(499);
    }

    [Fact]
    public async Task ServiceThatBreaksOff_IsUnavailableWithItsReasonInTheTrailers()
    {
        await using Setting setting = await Setting.StartAsync(new TextService
        {
            OnChat = static async (reader, writer, context) =>
            {
                await writer.WriteAsync("begun");
                await reader.MoveNext();
                context.GetHttpContext().Abort();
            },
        });

        using AsyncDuplexStreamingCall<string, string> call = setting.Client.Chat(new CallOptions([new("x-correlation-id", "cut")]));
        await call.ResponseStream.MoveNext().WaitAsync(Patience);
        await call.RequestStream.WriteAsync("break");
        RpcException failure = await GrpcClient.FailureAsync(call.ResponseStream.MoveNext());

        failure.StatusCode.Should().Be(StatusCode.Unavailable);
        failure.Status.Detail.Should().StartWith("upstream_reset: ");
        JsonElement line = await setting.Gateway.LogLineAsync("cut");
        line.GetProperty("error").GetString().Should().Be("upstream_reset");
        line.GetProperty("status_code").GetInt32().Should().Be(200);
    }

    [Fact]
    public async Task StreamingCall_OutlivesTheTotalTimeoutBeforeItsFirstAnswerAndAfter()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using Setting setting = await Setting.StartAsync(
            new TextService(),
            options => options with
            {
                Services = new Dictionary<string, ServiceOptions>
                {
                    ["svc"] = options.Services["svc"] with { Timeouts = new TimeoutOptions { Total = TimeSpan.FromSeconds(5), Idle = TimeSpan.FromHours(1) } },
                },
            },
            clock);

        using AsyncClientStreamingCall<string, string> collect = setting.Client.Collect();
        using AsyncDuplexStreamingCall<string, string> chat = setting.Client.Chat();
        await collect.RequestStream.WriteAsync("before");
        await chat.RequestStream.WriteAsync("before");
        await chat.ResponseStream.MoveNext().WaitAsync(Patience);
        clock.Advance(TimeSpan.FromMinutes(10));
        await collect.RequestStream.WriteAsync("after");
        await collect.RequestStream.CompleteAsync();
        await chat.RequestStream.WriteAsync("after");

        (await collect.ResponseAsync.WaitAsync(Patience)).Should().Be("before after");
        (await chat.ResponseStream.MoveNext().WaitAsync(Patience)).Should().BeTrue();
    }

    private sealed class Setting : IAsyncDisposable
    {
        private GrpcInstance? _instance;

        public TestGateway Gateway { get; private set; } = null!;

        public GrpcClient Client { get; private set; } = null!;

        public static async Task<Setting> StartAsync(TextService service, Func<GatewayOptions, GatewayOptions>? change = null, TimeProvider? clock = null)
        {
            var setting = new Setting { _instance = await GrpcInstance.StartAsync(service) };
            GatewayOptions options = TestOptions.For(new ServiceOptions { Http2 = true }, setting._instance.Url);
            setting.Gateway = await TestGateway.StartAsync(change?.Invoke(options) ?? options, clock, Http2Client.PriorKnowledge);
            setting.Client = new GrpcClient(setting.Gateway.Address);
            return setting;
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await Gateway.DisposeAsync();
            await _instance!.DisposeAsync();
        }
    }
}
