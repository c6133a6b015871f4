using Gateway.Core.Errors;

namespace Gateway.Host.Configuration;

/// <summary>What a test of the configuration expects; at least one of the two.</summary>
internal sealed record TestExpectation
{
    /// <summary>Name of the route that wins; <c>none</c> when no route may match. Null (default): any.</summary>
    public string? Route { get; init; }

    /// <summary>Name of the service that the request goes to, or of any to which its route's split may send it. Null (default): any.</summary>
    public string? Service { get; init; }
}

/// <summary>A test that the configuration carries: <c>check</c> runs it, and <c>run</c> refuses to start when it fails.</summary>
internal sealed record TestOptions
{
    /// <summary>Method, a space, and a path or URL, for example <c>GET /api/products/42</c>. Required.</summary>
    public string Request { get; init; } = "";

    /// <summary>What must come of it. Required.</summary>
    public TestExpectation Expect { get; init; } = new();

    internal void Validate(string at, OptionErrors errors)
    {
        if (TestRequest.Parse(Request) is null)
        {
            errors.Add($"{at}:{nameof(Request)}",
                $"'{Request}' is not a request; write a method and a path or URL, as in 'GET /api/products/42'");
        }

        if (Expect.Route is null && Expect.Service is null)
        {
            errors.Add($"{at}:{nameof(Expect)}", "expects nothing; give a Route, a Service or both");
        }
    }
}
