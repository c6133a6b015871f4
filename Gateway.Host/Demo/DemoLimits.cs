namespace Gateway.Host.Demo;

/// <summary>What the demo services keep and take at the most: they hold everything in memory.</summary>
internal static class DemoLimits
{
    /// <summary>Largest JSON body, in bytes.</summary>
    public const long JsonBytes = 64 * 1024;

    /// <summary>Users that a service remembers; beyond it the one first seen is forgotten.</summary>
    public const int Users = 1_000;

    /// <summary>Things of one kind that a user may have.</summary>
    public const int ItemsPerUser = 100;

    /// <summary>Longest text that a caller may store, in characters.</summary>
    public const int Text = 200;

    /// <summary>Products in the catalogue.</summary>
    public const int Products = 1_000;

    /// <summary>Tokens that the auth service remembers; beyond it the oldest is forgotten.</summary>
    public const int Sessions = 10_000;

    /// <summary>Longest download, in bytes (1 TiB).</summary>
    public const long DownloadBytes = 1L << 40;
}
