using System.Globalization;
using System.Net;
using System.Text;
using HdrHistogram;

namespace Gateway.Benchmarks.Load;

/// <summary>The result as one HTML file that needs no other.</summary>
internal static class LoadReport
{
    private const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;max-width:900px;margin:2em auto;padding:0 1em;color:#1d2430;background:#fff}
        h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em;border-top:1px solid #d5dae2;padding-top:1em}
        table{border-collapse:collapse;margin:.8em 0}td,th{padding:.2em .9em .2em 0;text-align:right;font-variant-numeric:tabular-nums}
        th{font-weight:600;color:#566072}td:first-child,th:first-child{text-align:left}
        .met{color:#176b3a;font-weight:600}.missed{color:#b3261e;font-weight:600}
        svg{width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:#566072}
        .grid{stroke:#e3e7ee;fill:none}.curve{stroke:#2457c5;stroke-width:2;fill:none}.target{stroke:#b3261e;stroke-width:3;fill:none}
        @media(prefers-color-scheme:dark){body{color:#dde3ee;background:#14181f}.grid{stroke:#2b323e}.curve{stroke:#7aa2f7}
        svg text,th{fill:#97a3b6;color:#97a3b6}h2{border-color:#2b323e}.met{color:#6fcf97}.missed{color:#ff8a80}.target{stroke:#ff8a80}}
        """;

    public static string Html(IReadOnlyList<LoadResult> results, Results about, LoadOptions options)
    {
        var page = new StringBuilder();
        page.Append(Text($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Gateway load test {about.Date}</title>
            <style>{Style}</style></head><body>
            <h1>Gateway load test</h1>
            <table>
            <tr><td>Commit</td><td>{Results.Commit}</td></tr>
            <tr><td>Date</td><td>{about.Date}</td></tr>
            <tr><td>Machine</td><td>{Escape(Results.Machine)}</td></tr>
            <tr><td>Gateway</td><td>{Escape(options.Url?.ToString() ?? "started for the test, with the demo's routes and services and its limits wide open, on the same machine")}</td></tr>
            </table>
            <p>Requests arrive at a constant rate, whatever the answers do; latency counts from when a request was meant to be sent, so that
            waiting for a free connection counts too. Each scenario is sent for {options.WarmUp.TotalSeconds} s unmeasured first. The red marks
            are what p50, p95 and p99 must stay below.</p>

            """));
        foreach (LoadResult result in results)
        {
            Section(page, result, options);
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static void Section(StringBuilder page, LoadResult result, LoadOptions options)
    {
        IReadOnlyList<string> missed = result.Missed;
        page.Append(Text($"<h2>{Escape(result.Scenario.Title)}</h2>\n"));
        page.Append(missed.Count == 0
            ? "<p class=\"met\">All targets are met.</p>\n"
            : $"<p class=\"missed\">Missed: {Escape(string.Join("; ", missed))}.</p>\n");
        page.Append(Text($"<p>Asked: {result.Rate:N0} requests/s for {result.Duration.TotalSeconds} s over {options.Connections} connections. "));
        page.Append(Text($"Answered: {result.PerSecond:N0} requests/s; {result.Reached:P1} of the arrivals were sent in time. "));
        if (result.Cost.Gateway is { } gateway)
        {
            page.Append(Text($"The gateway took {gateway.TotalMicroseconds / Math.Max(1, result.Recorder.Ended):N1} µs of processor time per request and {result.Cost.GatewayResident / 1e6:N0} MB of memory. "));
        }

        page.Append(Text($"The client took {result.Cost.Client / result.Duration:P0} of a core.</p>\n"));
        page.Append(LatencyCurve.Svg(result.Latencies, LoadTargets.Latency)).Append('\n');
        LatencyTable(page, result);
        OutcomeTable(page, result);
        CourseTable(page, result);
    }

    private static void LatencyTable(StringBuilder page, LoadResult result)
    {
        page.Append("<table><tr><th>Latency, ms</th><th>requests</th><th>p50</th><th>p95</th><th>p99</th><th>p99.9</th><th>max</th></tr>\n");
        LatencyRow(page, "all", result.Latencies);
        foreach ((string name, HistogramBase latencies) in result.Recorder.ByName)
        {
            LatencyRow(page, name, latencies);
        }

        page.Append("</table>\n");
    }

    private static void LatencyRow(StringBuilder page, string name, HistogramBase latencies)
    {
        double At(double percentile) => latencies.GetValueAtPercentile(percentile) / 1e3;
        page.Append(Text($"<tr><td>{Escape(name)}</td><td>{latencies.TotalCount:N0}</td><td>{At(50):N2}</td><td>{At(95):N2}</td><td>{At(99):N2}</td><td>{At(99.9):N2}</td><td>{At(100):N2}</td></tr>\n"));
    }

    private static void OutcomeTable(StringBuilder page, LoadResult result)
    {
        page.Append("<table><tr><th>Outcome</th><th>requests</th><th></th></tr>\n");
        foreach ((int outcome, bool isRight, long count) in result.Recorder.Outcomes())
        {
            string note = !isRight ? "<span class=\"missed\">not intended</span>" : outcome >= 400 ? "intended" : "";
            page.Append(Text($"<tr><td>{Outcome.Name(outcome)}</td><td>{count:N0}</td><td>{note}</td></tr>\n"));
        }

        page.Append(Text($"<tr><td>not sent in time</td><td>{result.Unsent:N0}</td><td>their waiting counts as latency</td></tr>\n"));
        page.Append("</table>\n");
    }

    private static void CourseTable(StringBuilder page, LoadResult result)
    {
        page.Append("<details><summary>Second by second</summary><table><tr><th>s</th><th>answered</th><th>p50, ms</th><th>p99, ms</th></tr>\n");
        foreach ((int index, LoadSecond second) in result.Course.Index())
        {
            page.Append(Text($"<tr><td>{index + 1}</td><td>{second.Answered:N0}</td><td>{second.P50:N2}</td><td>{second.P99:N2}</td></tr>\n"));
        }

        page.Append("</table></details>\n");
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
