using System.Text.RegularExpressions;

namespace Gateway.Tests.Process;

/// <summary>A plain <c>curl</c> line of the demo's guide, read as a shell and curl would read it.</summary>
/// <param name="Text">The line.</param>
internal sealed partial record CurlLine(string Text)
{
    public string Method { get; } = Text.Contains("-X ", StringComparison.Ordinal) ? MethodOption().Match(Text).Groups[1].Value : "GET";

    public Uri Url { get; } = new(Address().Match(Text).Value);

    public (string Name, string Value)[] Headers { get; } =
        [.. HeaderOption().Matches(Text).Select(static header => (header.Groups[1].Value, header.Groups[2].Value))];

    /// <summary>The guide's plain lines, in its order. Loops and pipes are the shell's affair.</summary>
    public static CurlLine[] In(string guide) =>
        [.. guide.Split('\n').Where(static line => line.StartsWith("curl -i ", StringComparison.Ordinal)).Select(static line => new CurlLine(line))];

    public async Task<HttpResponseMessage> SendAsync(HttpMessageInvoker client)
    {
        var request = new HttpRequestMessage(new HttpMethod(Method), Url);
        foreach ((string name, string value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, CancellationToken.None);
    }

    [GeneratedRegex("-X ([A-Z]+)")]
    private static partial Regex MethodOption();

    [GeneratedRegex(@"http://(localhost|127\.0\.0\.1):\d+/[^ ';]*")]
    private static partial Regex Address();

    [GeneratedRegex("-H '([^:']+): ([^']*)'")]
    private static partial Regex HeaderOption();
}
