using System.Text;
using Gateway.Core.Errors;

namespace Gateway.Host.Explaining;

/// <summary>An explanation for people: aligned text without colour, the same for the same explanation.</summary>
internal static class ExplanationText
{
    /// <summary>Widest column; what is longer stands on, and the next column follows it.</summary>
    private const int Widest = 72;

    public static string Of(Explanation explanation)
    {
        var text = new StringBuilder();
        ExplainedRequest request = explanation.Request;
        Line(text, $"{request.Method} {request.Path}{request.Query}{(request.Host is null ? "" : $", host {request.Host}")}");
        Answer(text, explanation);
        if (explanation.Route is { } route)
        {
            Rows(text, "route", [[route.Name, route.Pattern, route.Origin]]);
            Line(text, $"  {route.Why}");
        }

        Rows(text, "near misses", [.. explanation.NearMisses.Select(static miss => new[] { miss.Route, miss.Pattern, miss.Why, miss.Origin })]);
        foreach (IGrouping<string, ExplainedSetting> topic in explanation.Settings.GroupBy(static setting => setting.Topic))
        {
            Rows(text, topic.Key, [.. topic.Select(static setting => new[] { setting.Name, setting.Value, setting.Origin })]);
        }

        return text.ToString();
    }

    private static void Answer(StringBuilder text, Explanation explanation)
    {
        ExplainedAnswer answer = explanation.Answer;
        var rows = new List<string[]>();
        if (answer.SentOn)
        {
            rows.Add(["the service's", $"it gets {explanation.Request.Method} {answer.ServicePath}"]);
        }
        else
        {
            rows.Add([$"{answer.Status}{(answer.Reason is null ? "" : $" {answer.Reason}")}", answer.Detail ?? ""]);
        }

        if (answer.Allow is not null)
        {
            rows.Add(["allow", answer.Allow]);
        }

        rows.AddRange(answer.Cors.Select(static header => new[] { "cors", header }));
        rows.AddRange(answer.Before.Select(static before => new[] { "but before", before }));
        Rows(text, "answer", rows);
    }

    private static void Rows(StringBuilder text, string title, List<string[]> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        Line(text, "");
        Line(text, title);
        int columns = rows.Max(static row => row.Length);
        int[] widths = [.. Enumerable.Range(0, columns).Select(column =>
            Math.Min(Widest, rows.Max(row => column < row.Length ? Printable.Of(row[column]).Length : 0)))];
        foreach (string[] row in rows)
        {
            Line(text, "  " + string.Join("  ", row.Select((cell, column) => Printable.Of(cell).PadRight(widths[column]))));
        }
    }

    private static void Line(StringBuilder text, string line) => text.Append(Printable.Of(line).TrimEnd()).Append('\n');
}
