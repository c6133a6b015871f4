using Gateway.Core.Authentication;

namespace Gateway.Core;

/// <content>What operators do while it serves.</content>
public sealed partial class GatewayPipeline
{
    /// <summary>From now on <c>/health/ready</c> is 503 and every response asks its client to close the connection. Requests are served as before.</summary>
    public void StartDraining() => _lasting.Requests.StartDraining();

    /// <summary>It stays after all: <c>/health/ready</c> is as before <see cref="StartDraining"/>.</summary>
    public void StopDraining() => _lasting.Requests.StopDraining();

    /// <summary>From now on the gateway, and those that share its store, believe nothing that was known of a token: the auth service is asked anew.</summary>
    /// <param name="token">As the client sends it, without the scheme.</param>
    /// <returns>How far that has gone; here it is in force.</returns>
    /// <exception cref="ArgumentException">No client could send this as a token.</exception>
    public Task<RevocationReach> RevokeTokenAsync(string token) => !AccessToken.IsWellFormed(token)
        ? throw new ArgumentException("It is not a token.", nameof(token))
        : Parts.TokenValidator?.RevokeTokenAsync(token, RevocationSource.Admin) ?? Task.FromResult(RevocationReach.Nowhere);

    /// <summary>The same for all tokens that a user has had until now.</summary>
    /// <param name="userId">As the auth service says it.</param>
    public Task<RevocationReach> RevokeUserAsync(string userId) =>
        Parts.TokenValidator?.RevokeUserAsync(userId, RevocationSource.Admin) ?? Task.FromResult(RevocationReach.Nowhere);
}
