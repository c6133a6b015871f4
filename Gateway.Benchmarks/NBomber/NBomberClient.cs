using System.Globalization;
using System.Text;
using Gateway.Benchmarks.Scenarios;
using NBomber.Contracts;
using NBomber.CSharp;

namespace Gateway.Benchmarks.NBomber;

/// <summary>Sends the shapes' requests for NBomber, which brings no client of its own. Thread-safe.</summary>
internal sealed class NBomberClient(Uri gateway) : IDisposable
{
    /// <summary>As in <c>load</c>.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // No bound on connections: a cap of 64 ruins the tail at 10,000 a second.
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false });

    /// <summary>Sends a request.</summary>
    /// <param name="shape">What to ask, and which answer is right.</param>
    /// <param name="token">The login's, for shapes that use it.</param>
    /// <returns>What NBomber counts, and the token when the request was a login.</returns>
    public async Task<(Response<object> Answer, string? Login)> AskAsync(RequestShape shape, string? token)
    {
        // Exceptions end here: NBomber writes each that reaches it to its log with its stack.
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            using var request = new HttpRequestMessage(HttpMethod.Parse(shape.Method), new Uri(gateway, shape.Path));
            if ((shape.UsesLogin ? token : shape.Token) is { } bearer)
            {
                request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {bearer}");
            }

            if (shape.Body is { } body)
            {
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            }

            using HttpResponseMessage response = await _invoker.SendAsync(request, patience.Token);
            byte[] bytes = await response.Content.ReadAsByteArrayAsync(patience.Token);
            int status = (int)response.StatusCode;
            string code = status.ToString(CultureInfo.InvariantCulture);
            return status == shape.Expected
                ? (Response.Ok(statusCode: code, sizeBytes: bytes.Length), shape.IsLogin ? Encoding.UTF8.GetString(RequestShape.TokenIn(bytes)) : null)
                : (Response.Fail(statusCode: code, message: shape.Name, sizeBytes: bytes.Length), null);
        }
        catch (HttpRequestException failure)
        {
            return (Response.Fail(statusCode: "connection broke", message: failure.Message), null);
        }
        catch (OperationCanceledException)
        {
            return (Response.Fail(statusCode: "timed out", message: shape.Name), null);
        }
    }

    public void Dispose() => _invoker.Dispose();
}
