#if NBOMBER
using Gateway.Benchmarks.Load;
#endif

namespace Gateway.Benchmarks.NBomber;

/// <summary><c>nbomber</c>: the scenarios of <c>load</c> through NBomber, where the build has it.</summary>
internal static class NBomberVerb
{
    public const string Usage = "nbomber [the options of load but --connections]: the same scenarios through NBomber 4.1.2";

    /// <returns>Those of <c>load</c>; 2 also when this build has no NBomber.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
#if NBOMBER
        return LoadOptions.Parse(arguments, Usage) is { } options ? await NBomberRun.RunAsync(options) : 2;
#else
        _ = arguments;
        await Console.Error.WriteLineAsync(
            "This build has no NBomber; switch it on with: dotnet run -c Release -p:NBomber=true --project Gateway.Benchmarks -- nbomber");
        return 2;
#endif
    }
}
