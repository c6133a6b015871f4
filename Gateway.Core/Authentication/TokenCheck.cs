namespace Gateway.Core.Authentication;

/// <summary>
/// An application's own judgement of access tokens, in place of the auth service (<see cref="AuthMode.Custom"/>). Called once for a token that is
/// not remembered, however many requests wait for it; from any thread. What it throws makes the token unknown, and is logged.
/// </summary>
/// <param name="token">As the client sent it, without the scheme.</param>
/// <param name="cancellationToken">Fires after <see cref="AuthOptions.Timeout"/>; the token is unknown then, whether the check ends or not.</param>
public delegate ValueTask<TokenResult> TokenCheck(string token, CancellationToken cancellationToken);
