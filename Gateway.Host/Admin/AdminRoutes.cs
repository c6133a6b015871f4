using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Host.Admin;

/// <summary>What answers one method at one path of the admin port.</summary>
/// <param name="Method">A change unless it is GET; POST to a path that changes nothing is marked by <paramref name="Reads"/>.</param>
/// <param name="Path">Segments that must be there as they stand, and <c>{}</c> for one that is an argument.</param>
/// <param name="Answer">Gets the arguments, decoded.</param>
/// <param name="Reads">Whether it changes nothing whatever its method.</param>
internal sealed record AdminRoute(string Method, string Path, Func<HttpContext, string[], Task> Answer, bool Reads = false)
{
    private readonly string[] _segments = Path.Split('/');

    /// <summary>Null when the path is another.</summary>
    public string[]? ArgumentsOf(string[] segments)
    {
        if (segments.Length != _segments.Length)
        {
            return null;
        }

        var arguments = new List<string>();
        for (int at = 0; at < segments.Length; at++)
        {
            if (_segments[at] == "{}")
            {
                arguments.Add(Uri.UnescapeDataString(segments[at]));
            }
            else if (_segments[at] != segments[at])
            {
                return null;
            }
        }

        return [.. arguments];
    }
}

/// <summary>Finds who answers. By the path as it was sent, so that nothing else can mean the same.</summary>
/// <param name="guard">Says who may.</param>
/// <param name="refused">Told of what it refused, and from where that was asked.</param>
/// <param name="routes">All there is.</param>
internal sealed class AdminRoutes(AdminGuard guard, Action<AdminProblem, string?> refused, IReadOnlyList<AdminRoute> routes)
{
    /// <summary>In the order in which they are looked at.</summary>
    public IReadOnlyList<AdminRoute> All => routes;

    public Task InvokeAsync(HttpContext http)
    {
        if (guard.RefusesToAnswer(http) is { } misdirected)
        {
            return RefuseAsync(http, misdirected);
        }

        string target = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        string[] segments = target.Split('?', 2)[0].Split('/');
        string method = HttpMethods.IsHead(http.Request.Method) ? HttpMethods.Get : http.Request.Method;
        var others = new SortedSet<string>(StringComparer.Ordinal);
        foreach (AdminRoute route in routes)
        {
            if (route.ArgumentsOf(segments) is not { } arguments)
            {
                continue;
            }

            if (route.Method == method)
            {
                return route is { Reads: false, Method: not "GET" } && guard.RefusesToChange(http) is { } refusal ? RefuseAsync(http, refusal) : route.Answer(http, arguments);
            }

            others.Add(route.Method);
        }

        if (others.Count == 0)
        {
            return AdminProblem.Of(StatusCodes.Status404NotFound, "There is nothing by this path.").WriteAsync(http);
        }

        http.Response.Headers.Allow = string.Join(", ", others);
        return AdminProblem.Of(StatusCodes.Status405MethodNotAllowed, $"This path takes {string.Join(" and ", others)}.").WriteAsync(http);
    }

    private Task RefuseAsync(HttpContext http, AdminProblem problem)
    {
        refused(problem, http.Connection.RemoteIpAddress?.ToString());
        return problem.WriteAsync(http);
    }
}
