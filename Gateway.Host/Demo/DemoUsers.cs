namespace Gateway.Host.Demo;

/// <summary>A user of the demo.</summary>
/// <param name="Id">What services get as X-User-ID; also the name at login.</param>
/// <param name="Email">Address.</param>
/// <param name="Roles">Roles.</param>
/// <param name="Tier">Plan; null for the ordinary one.</param>
/// <param name="Password">For the demo alone.</param>
/// <param name="ReadyToken">A token that is valid from the start; for the demo alone.</param>
internal sealed record DemoUser(string Id, string Email, string[] Roles, string? Tier, string Password, string ReadyToken);

/// <summary>Who exists in the demo. Everything here is public on purpose and protects nothing.</summary>
internal static class DemoUsers
{
    public static readonly DemoUser Alice =
        new("alice", "alice@demo.invalid", ["customer"], null, "alice-demo-only", "demo-alice");

    public static readonly DemoUser Bob =
        new("bob", "bob@demo.invalid", ["customer"], "gold", "bob-demo-only", "demo-bob-gold");

    public static readonly DemoUser Admin =
        new("admin", "admin@demo.invalid", ["admin", "customer"], null, "admin-demo-only", "demo-admin");

    /// <summary>A token that has expired.</summary>
    public const string ExpiredToken = "demo-expired";

    public static IReadOnlyList<DemoUser> All => [Alice, Bob, Admin];
}
