using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Core.Configuration;
using Gateway.Host.Configuration;

namespace Gateway.Host.Commands;

/// <summary>What <c>gateway check --json</c> writes.</summary>
internal sealed record CheckReport
{
    /// <summary>Whether the configuration can be used.</summary>
    public required bool Ok { get; init; }

    public required IReadOnlyList<CheckEntry> Problems { get; init; }

    /// <summary>Those that the configuration does not ignore.</summary>
    public required IReadOnlyList<CheckEntry> Findings { get; init; }

    public static CheckReport Of(LoadedConfiguration loaded) => new()
    {
        Ok = loaded.Problems.Count == 0,
        Problems = [.. loaded.Problems.Select(static problem => CheckEntry.At(problem.Origin, problem.Message))],
        Findings = [.. loaded.Findings.Select(static finding => CheckEntry.At(finding.Origin, finding.Message) with { Id = finding.Kind.Id, Severity = finding.Kind.Word })],
    };

    public string ToJson() => JsonSerializer.Serialize(this, CheckJson.Plain.CheckReport);
}

/// <summary>A problem or a finding.</summary>
internal sealed record CheckEntry
{
    /// <summary>Of a finding.</summary>
    public string? Id { get; init; }

    /// <summary>Of a finding: <c>info</c> or <c>warning</c>.</summary>
    public string? Severity { get; init; }

    /// <summary>The file as the user named it, the variable or the <c>--set</c>; null for nowhere in particular.</summary>
    public string? Source { get; init; }

    /// <summary>Null where the source has no lines.</summary>
    public int? Line { get; init; }

    public int? Column { get; init; }

    public required string Message { get; init; }

    public static CheckEntry At(ValueOrigin origin, string message) => new()
    {
        Source = string.IsNullOrEmpty(origin.Source) ? null : origin.Source,
        Line = origin.Line == 0 ? null : origin.Line,
        Column = origin.Line == 0 ? null : origin.Column,
        Message = message,
    };
}

[JsonSerializable(typeof(CheckReport))]
internal sealed partial class CheckJson : JsonSerializerContext
{
    public static CheckJson Plain { get; } = new(PlainJson.Options());
}
