using Gateway.Core.Configuration;
using Gateway.Core.Errors;

namespace Gateway.Host.Auditing;

/// <summary>Something that the audit found.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Key">Where: the configuration's key.</param>
/// <param name="Message">What it means, in a sentence for the person who wrote the value.</param>
internal sealed record Finding(FindingKind Kind, string Key, string Message);

/// <summary>A finding with its place.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Origin">Where it is.</param>
/// <param name="Message">Key and sentence.</param>
internal sealed record PlacedFinding(FindingKind Kind, ValueOrigin Origin, string Message)
{
    /// <summary><c>file:line:column: warning GW1001: message</c> on one line, control characters escaped.</summary>
    public override string ToString()
    {
        string origin = Origin.ToString();
        string finding = $"{Kind.Word} {Kind.Id}: {Message}";
        return Printable.Of(origin.Length == 0 ? finding : $"{origin}: {finding}");
    }
}
