namespace Gateway.Tests.House;

/// <summary>The files of this repository, found from where the tests run: builds in CI hide the source's path from the compiler.</summary>
internal static class Repository
{
    private static readonly string[] Generated = ["bin", "obj", "TestResults", "BenchmarkDotNet.Artifacts", ".git", ".vs", ".idea"];

    public static string Root { get; } = FindRoot();

    /// <summary>Paths from the root, with slashes, of all files that belong to the repository; sorted.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        .. Walk(new DirectoryInfo(Root))
            .Select(static file => Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The C# files under a folder of the root.</summary>
    public static IEnumerable<string> Sources(string folder) =>
        Files.Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder) => folder.EnumerateFiles()
        .Where(static file => file.Name is not ".git" && file.Extension is not ".user")
        .Concat(folder.EnumerateDirectories().Where(static child => !Generated.Contains(child.Name)).SelectMany(Walk));

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "gateway.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds gateway.sln.");
    }
}
