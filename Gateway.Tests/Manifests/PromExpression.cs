using System.Text.RegularExpressions;

namespace Gateway.Tests.Manifests;

/// <summary>Which metrics an expression of Prometheus' asks for.</summary>
internal static partial class PromExpression
{
    private static readonly string[] Words = ["and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right"];

    /// <summary>All names that are no function's, keyword's or label's.</summary>
    public static IEnumerable<string> Metrics(string expression) =>
        Name().Matches(Asides().Replace(expression, " ")).Select(static name => name.Value).Except(Words).Distinct();

    /// <summary>Strings, matchers of labels, ranges, and lists of labels after a word.</summary>
    [GeneratedRegex("""\{(?:[^{}"]|"[^"]*")*\}|"[^"]*"|\[[^\]]*\]|\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)""")]
    private static partial Regex Asides();

    /// <summary>No bracket behind it: else it is a function. No digit or dot before it: else it is a number's end.</summary>
    [GeneratedRegex(@"(?<![\w:.])[A-Za-z_:][\w:]*(?![\w:]|\s*\()")]
    private static partial Regex Name();
}
