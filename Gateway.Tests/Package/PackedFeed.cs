using Gateway.Tests.House;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Package;

/// <summary>
/// The library, packed from the build at hand under a version of its own, in a feed in a temporary folder; and beside it an empty folder, whose
/// programs take it from there. Other packages come from where the machine has them.
/// </summary>
public sealed class PackedFeed : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("gateway-package-").FullName;

    /// <summary>No other build has it, so that no cache does either.</summary>
    public string Version { get; } = $"{ReadmePrograms.Version}-test.{Guid.NewGuid():N}";

    public string Feed => Path.Combine(_root, "feed");

    /// <summary>Where programs are written and built.</summary>
    public string Folder => Path.Combine(_root, "empty");

    public string PackageFile => Path.Combine(Feed, $"Gateway.Core.{Version}.nupkg");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Folder);
        string configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        await DotnetAsync(_root, "pack", Path.Combine(Repository.Root, "Gateway.Core"), "--no-build", "-c", configuration, "-o", Feed, $"-p:PackageVersion={Version}");
        await File.WriteAllTextAsync(Path.Combine(Folder, "nuget.config"),
            $"""<configuration><packageSources><add key="packed" value="{Feed}" /></packageSources></configuration>""");
    }

    public Task DisposeAsync()
    {
        string home = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string cached = Path.Combine(home, "gateway.core", Version);
        if (Directory.Exists(cached))
        {
            Directory.Delete(cached, recursive: true);
        }

        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Writes a program of the README, with what the test puts in place of its addresses, and compiles it against the package.</summary>
    /// <returns>The compiled program.</returns>
    internal async Task<string> BuildAsync(string name, string program, params (string Old, string New)[] changes)
    {
        string file = await WriteAsync(name, program, changes);
        await DotnetAsync(Folder, "build", file, "-o", Path.Combine(_root, "built", name));
        return Path.Combine(_root, "built", name, name + ".dll");
    }

    /// <summary>The same, compiled ahead of time.</summary>
    internal async Task<string> PublishAsync(string name, string program, params (string Old, string New)[] changes)
    {
        string file = await WriteAsync(name, program, changes);
        string output = await DotnetAsync(Folder, "publish", file, "-o", Path.Combine(_root, "published", name));
        output.Should().NotMatchRegex("warning (IL|CS)[0-9]+", "the library is clean under trimming and ahead-of-time compilation");
        return Path.Combine(_root, "published", name, name);
    }

    private async Task<string> WriteAsync(string name, string program, (string Old, string New)[] changes)
    {
        program.Should().Contain($"Gateway.Core@{ReadmePrograms.Version}");
        program = program.Replace($"Gateway.Core@{ReadmePrograms.Version}", $"Gateway.Core@{Version}", StringComparison.Ordinal);
        foreach ((string old, string @new) in changes)
        {
            program.Should().Contain(old);
            program = program.Replace(old, @new, StringComparison.Ordinal);
        }

        string file = Path.Combine(Folder, name + ".cs");
        await File.WriteAllTextAsync(file, program);
        return file;
    }

    private static async Task<string> DotnetAsync(string folder, params string[] arguments)
    {
        await using GatewayProcess process = GatewayProcess.StartProgram("dotnet", folder, arguments);
        (int exit, string output, string errors) = await process.EndAsync(TimeSpan.FromMinutes(10));
        exit.Should().Be(0, "dotnet {0} said: {1}{2}", string.Join(' ', arguments), output, errors);
        return output;
    }
}
