namespace Gateway.Core.Context;

/// <summary>Why routing has no route for a request.</summary>
internal enum RouteMiss
{
    None,
    UnknownPath,
    WrongMethod,
}
