using System.Net;
using System.Threading.Channels;

namespace Gateway.Tests.Backends;

/// <summary>What an instance saw of a check.</summary>
internal sealed record Asked(string Method, string Uri, string UserAgent, Version Version);

/// <summary>Instances by host; those without an answer are well.</summary>
internal sealed class CheckedInstances : HttpMessageHandler
{
    private readonly Channel<Asked> _asked = Channel.CreateUnbounded<Asked>();
    private readonly List<Asked> _all = [];

    public Dictionary<string, Func<CancellationToken, Task<HttpResponseMessage>>> Answers { get; } = [];

    public IReadOnlyList<Asked> Asked
    {
        get
        {
            lock (_all)
            {
                return [.. _all];
            }
        }
    }

    public void Answer(string host, HttpStatusCode status) => Answers[host] = _ => Task.FromResult(new HttpResponseMessage(status));

    public async Task NextAsked() => await _asked.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = new Asked(request.Method.Method, request.RequestUri!.AbsoluteUri, request.Headers.UserAgent.ToString(), request.Version);
        lock (_all)
        {
            _all.Add(asked);
        }

        _asked.Writer.TryWrite(asked);
        return Answers.TryGetValue(request.RequestUri.Host, out Func<CancellationToken, Task<HttpResponseMessage>>? answer)
            ? answer(cancellationToken)
            : Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
    }
}
