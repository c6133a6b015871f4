using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Core.Serving;

/// <summary>
/// Hears of what one Kestrel server refuses by itself. Given to that server as its DiagnosticSource, in place of the one it shares with
/// hosting: so no other server's events arrive, and hosting's per-request events stay switched off.
/// </summary>
/// <param name="refused">Gets the request's features, on the connection's thread, before the answer is written: must not throw.</param>
/// <param name="others">Whom the server's events go to as well; null for nobody.</param>
internal sealed class ServerRefusals(Action<IFeatureCollection> refused, DiagnosticSource? others = null) : DiagnosticSource
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    public override bool IsEnabled(string name) => name == BadRequest || others?.IsEnabled(name) == true;

    [RequiresUnreferencedCode("The base class demands it; nothing here reads the value by reflection.")]
    public override void Write(string name, object? value)
    {
        if (name == BadRequest && value is IFeatureCollection request)
        {
            refused(request);
        }

        if (others?.IsEnabled(name) == true)
        {
            others.Write(name, value);
        }
    }
}
