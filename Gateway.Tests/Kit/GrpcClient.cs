using Grpc.Core;
using Grpc.Net.Client;

namespace Gateway.Tests.Kit;

/// <summary>A Grpc.Net.Client that calls <see cref="TextService"/> through a gateway.</summary>
internal sealed class GrpcClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly CallInvoker _calls;

    public GrpcClient(Uri gateway)
    {
        _channel = GrpcChannel.ForAddress(gateway, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
        });
        _calls = _channel.CreateCallInvoker();
    }

    public AsyncUnaryCall<string> Unary(string text, CallOptions options = default) => _calls.AsyncUnaryCall(TextMethods.Unary, null, options, text);

    public AsyncClientStreamingCall<string, string> Collect(CallOptions options = default) =>
        _calls.AsyncClientStreamingCall(TextMethods.Collect, null, options);

    public AsyncServerStreamingCall<string> Split(string text, CallOptions options = default) =>
        _calls.AsyncServerStreamingCall(TextMethods.Split, null, options, text);

    public AsyncDuplexStreamingCall<string, string> Chat(CallOptions options = default) => _calls.AsyncDuplexStreamingCall(TextMethods.Chat, null, options);

    /// <summary>Waits for the call to fail.</summary>
    public static async Task<RpcException> FailureAsync(Task call) =>
        (await FluentActions.Awaiting(() => call.WaitAsync(TimeSpan.FromSeconds(30))).Should().ThrowAsync<RpcException>()).Which;

    public void Dispose() => _channel.Dispose();
}
