using System.Collections.Frozen;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Host.Configuration;

/// <summary>
/// What the doc comments of the options records say about their keys. The records' source files are embedded when this is built, so that unit,
/// bounds and default are written once, beside the property, and read by developers and editors of configuration alike.
/// </summary>
internal static partial class OptionComments
{
    /// <summary>Beginning of the resources' names.</summary>
    internal const string Resources = "options/";

    private static readonly FrozenDictionary<(string Record, string Key), string> All = Read().ToFrozenDictionary();

    /// <summary>The comment of a key as plain text on one line; null when it has none.</summary>
    public static string? Of(Type record, string key) => All.GetValueOrDefault((record.Name, key));

    /// <summary>The comments of one source file.</summary>
    internal static IEnumerable<KeyValuePair<(string Record, string Key), string>> In(string source)
    {
        string record = "";
        var comment = new StringBuilder();
        foreach (string line in source.Split('\n').Select(static line => line.Trim()))
        {
            if (line.StartsWith("///", StringComparison.Ordinal))
            {
                comment.Append(line.AsSpan(3)).Append(' ');
                continue;
            }

            if (Record().Match(line) is { Success: true } opened)
            {
                record = opened.Groups[1].Value;
            }
            else if (comment.Length > 0 && Property().Match(line) is { Success: true } property)
            {
                yield return KeyValuePair.Create((record, property.Groups[1].Value), Plain(comment.ToString()));
            }

            comment.Clear();
        }
    }

    private static Dictionary<(string Record, string Key), string> Read()
    {
        var all = new Dictionary<(string, string), string>();
        Assembly assembly = typeof(OptionComments).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Resources, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            foreach (((string Record, string Key) key, string text) in In(reader.ReadToEnd()))
            {
                all[key] = text;
            }
        }

        return all;
    }

    private static string Plain(string xml)
    {
        string text = Reference().Replace(xml, static match => match.Groups[1].Value.Split('.', '{', '(')[^1]);
        return Spaces().Replace(WebUtility.HtmlDecode(Tag().Replace(text, "")), " ").Trim();
    }

    [GeneratedRegex(@"^(?:public|internal) sealed record (\w+)")]
    private static partial Regex Record();

    [GeneratedRegex(@"^public [^(=]+ (\w+) \{ get; init; \}")]
    private static partial Regex Property();

    [GeneratedRegex("<(?:see|paramref|seealso) (?:cref|name|langword)=\"([^\"]*)\" ?/>")]
    private static partial Regex Reference();

    [GeneratedRegex("</?[a-z]+>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
