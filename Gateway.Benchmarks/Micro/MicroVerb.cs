using BenchmarkDotNet.Running;

namespace Gateway.Benchmarks.Micro;

/// <summary><c>micro</c>: single parts of the gateway, by BenchmarkDotNet.</summary>
internal static class MicroVerb
{
    public const string Usage = "micro [BenchmarkDotNet's options, such as --filter '*Router*' --job short]: single parts of the gateway";

    public static int Run(string[] arguments)
    {
        // In this process: the project that BenchmarkDotNet would generate and build inherits this repository's strict build settings.
        string[] chosen = arguments.Length == 0 ? ["--filter", "*"] : arguments;
        BenchmarkSwitcher.FromAssembly(typeof(MicroVerb).Assembly).Run([.. chosen, "--inProcess"]);
        return 0;
    }
}
