using System.Security.Cryptography;

namespace Gateway.Host.Demo;

/// <summary>A token's meaning.</summary>
/// <param name="User">Whose it is.</param>
/// <param name="ExpiresAt">When it ends; null for never.</param>
internal sealed record DemoSession(DemoUser User, DateTimeOffset? ExpiresAt);

/// <summary>Which tokens are valid: the ready-made, and those issued at login, until they expire or are revoked. Thread-safe.</summary>
internal sealed class DemoSessions
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DemoSession> _sessions = new(StringComparer.Ordinal);
    private readonly Queue<string> _issued = new();

    public DemoSessions(TimeProvider clock)
    {
        _clock = clock;
        foreach (DemoUser user in DemoUsers.All)
        {
            _sessions[user.ReadyToken] = new DemoSession(user, ExpiresAt: null);
        }

        _sessions[DemoUsers.ExpiredToken] = new DemoSession(DemoUsers.Alice, clock.GetUtcNow() - Lifetime);
    }

    /// <summary>A new token for a user, valid for <see cref="Lifetime"/>.</summary>
    public (string Token, DemoSession Session) Issue(DemoUser user)
    {
        string token = "demo-" + RandomNumberGenerator.GetHexString(32, lowercase: true);
        var session = new DemoSession(user, _clock.GetUtcNow() + Lifetime);
        lock (_gate)
        {
            if (_issued.Count >= DemoLimits.Sessions)
            {
                _sessions.Remove(_issued.Dequeue());
            }

            _issued.Enqueue(token);
            _sessions[token] = session;
        }

        return (token, session);
    }

    /// <summary>The token's meaning; null when it is unknown, revoked or expired.</summary>
    public DemoSession? Find(string token)
    {
        lock (_gate)
        {
            return _sessions.TryGetValue(token, out DemoSession? session) && !(session.ExpiresAt <= _clock.GetUtcNow()) ? session : null;
        }
    }

    /// <summary>Ends a token. True when it was known.</summary>
    public bool Revoke(string token)
    {
        lock (_gate)
        {
            return _sessions.Remove(token);
        }
    }
}
