using OSProcess = System.Diagnostics.Process;

namespace Gateway.Tests.Kit;

/// <summary>Programs of the machine that some tests ask.</summary>
internal static class Programs
{
    /// <summary>Bounds every wait; none is ever waited out.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Is it on the PATH?</summary>
    public static bool IsThere(string program) => Find(program) is not null;

    /// <summary>Its file, the first on the PATH; null where there is none.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Why a test that needs it is left out; null where it is to be run. In CI it always is, and fails where the program is missing.</summary>
    public static string? WhyNot(string program, string? ci, Func<string, bool> isThere) =>
        ci == "true" || isThere(program) ? null : $"needs the program '{program}', which is not on the PATH; CI installs it";

    public static string? WhyNot(string program) => WhyNot(program, Environment.GetEnvironmentVariable("CI"), IsThere);

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        using OSProcess process = OSProcess.Start(new System.Diagnostics.ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output, await errors);
    }
}
