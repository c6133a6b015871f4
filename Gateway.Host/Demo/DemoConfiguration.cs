using System.Globalization;

namespace Gateway.Host.Demo;

/// <summary>The gateway's configuration for the demo.</summary>
internal static class DemoConfiguration
{
    /// <summary>Name of the embedded file, and of the file in messages about it.</summary>
    public const string FileName = "demo.json";

    /// <summary>What changes by the demo's admin port need. No secret: the port is this machine's alone, and no page elsewhere can use it (AdminGuard).</summary>
    public const string OperatorToken = "demo-operator-token";

    /// <summary>The file's text: JSON with comments, for the services' fixed ports.</summary>
    public static string Json
    {
        get
        {
            using Stream stream = typeof(DemoConfiguration).Assembly.GetManifestResourceStream(FileName)
                ?? throw new InvalidOperationException($"{FileName} is not embedded.");
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Configuration keys and values that lead to the ports the services really listen on.</summary>
    /// <param name="ports">Ports by the service's name: <see cref="DemoServices.Ports"/>.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Overrides(IReadOnlyDictionary<string, int> ports) =>
    [
        .. ports.Select(static service => KeyValuePair.Create($"Gateway:Services:{service.Key}:Instances:0:Url", Url(service.Value))),
        KeyValuePair.Create("Gateway:Auth:ServiceUrl", Url(ports["auth"])),
    ];

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
}
