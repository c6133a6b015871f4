using Gateway.Core.Reception;

namespace Gateway.Host.Configuration;

/// <summary>The request of a test, taken apart.</summary>
/// <param name="Method">In capitals.</param>
/// <param name="Host">Without its port; empty when only a path is given.</param>
/// <param name="Target">A path, or a URL, which is a request's target too (RFC 9112 §3.2.2); with its query.</param>
internal sealed record TestRequest(string Method, string Host, string Target)
{
    /// <summary>Null when it is not a method, a space, and a path or URL that reception would let through.</summary>
    public static TestRequest? Parse(string request)
    {
        if (request.Split(' ') is not [{ Length: > 0 } method, { Length: > 0 } target] || !method.All(char.IsAsciiLetterUpper))
        {
            return null;
        }

        string host = "";
        if (!target.StartsWith('/'))
        {
            if (!Uri.TryCreate(target, UriKind.Absolute, out Uri? url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            {
                return null;
            }

            host = url.Host;
        }

        NormalizedTarget normalized = PathNormalizer.Normalize(target);
        return normalized.Problem is null ? new TestRequest(method, host, target) : null;
    }
}
