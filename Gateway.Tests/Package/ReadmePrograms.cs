using System.Text.RegularExpressions;
using Gateway.Tests.House;

namespace Gateway.Tests.Package;

/// <summary>The programs in the package's README, as they stand there.</summary>
internal static partial class ReadmePrograms
{
    /// <summary>Version that the README names.</summary>
    public const string Version = "0.1.0";

    public static string Text { get; } = Repository.Read("Gateway.Core/README.md");

    /// <summary>By their number in the headings, from 1.</summary>
    public static IReadOnlyList<string> All { get; } = [.. CSharp().Matches(Text).Select(static block => block.Groups[1].Value)];

    /// <summary>The configuration of the second.</summary>
    public static string Settings { get; } = Json().Match(Text).Groups[1].Value;

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Json();
}
