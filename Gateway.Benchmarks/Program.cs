using BenchmarkDotNet.Running;

// Further arguments go to BenchmarkDotNet: micro --filter '*Router*' --job short.
if (args is not ["micro", .. string[] rest])
{
    Console.Error.WriteLine("Usage: Gateway.Benchmarks micro [BenchmarkDotNet arguments]: 'micro' measures single parts of the gateway.");
    return 2;
}

// In this process: the project that BenchmarkDotNet would generate and build inherits this repository's strict build settings.
string[] chosen = rest.Length == 0 ? ["--filter", "*"] : rest;
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. chosen, "--inProcess"]);
return 0;
