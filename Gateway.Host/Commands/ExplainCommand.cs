using Gateway.Core.Errors;
using Gateway.Host.Configuration;
using Gateway.Host.Explaining;

namespace Gateway.Host.Commands;

/// <summary>How <c>explain</c> and <c>check</c> write what they found.</summary>
internal enum OutputForm
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For programs.</summary>
    Json,
}

/// <summary><c>gateway explain</c>: says what would become of a request.</summary>
internal static class ExplainCommand
{
    /// <returns>The exit code: 0 when the question has an answer, be it a refusal; 1 when the configuration has problems; 2 when the request is
    /// none.</returns>
    public static async Task<int> RunAsync(
        ConfigurationInputs inputs, string method, IReadOnlyList<KeyValuePair<string, string>> headers, string url, OutputForm form, TextWriter stdout, TextWriter stderr)
    {
        if (ExplainRequest.Parse(method, url, headers, out string? problem) is not { } request)
        {
            await stderr.WriteLineAsync($"gateway: {Printable.Of(problem!)}");
            return CommandLine.BadUsage;
        }

        LoadedConfiguration loaded = ConfigurationLoader.Load(inputs);
        if (loaded.Configuration is not { } configuration)
        {
            ConfigurationReport.Write(loaded, stderr);
            return CommandLine.BadConfiguration;
        }

        Explanation explanation = new Explainer(configuration).Explain(request);
        await stdout.WriteAsync(form == OutputForm.Json
            ? System.Text.Encoding.UTF8.GetString(explanation.ToJson()) + "\n"
            : ExplanationText.Of(explanation));
        return CommandLine.Fine;
    }
}
