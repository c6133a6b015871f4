using Gateway.Core.Errors;

namespace Gateway.Host.Auditing;

/// <summary>What <c>gateway check</c> is to tell.</summary>
internal sealed record AuditOptions
{
    /// <summary>Ids of findings that are meant to be so, as in <c>GW1201</c>; <c>gateway check --list</c> names them all. Default none.</summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <param name="at">Key of this section.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    internal void Validate(string at, OptionErrors errors)
    {
        for (int i = 0; i < Ignore.Count; i++)
        {
            if (FindingKind.Find(Ignore[i]) is null)
            {
                errors.Add($"{at}:{nameof(Ignore)}:{i}",
                    $"there is no finding '{Ignore[i]}'{Suggestion.For(Ignore[i], FindingKind.All.Select(static kind => kind.Id))}; 'gateway check --list' names them all");
            }
        }
    }
}
