namespace Gateway.Host.Demo;

/// <summary>Body of a login.</summary>
internal sealed record LoginRequest(string? Username, string? Password);

/// <summary>What a login gives.</summary>
/// <param name="AccessToken">To be sent as <c>Authorization: Bearer</c>, or as the cookie that comes with the answer.</param>
/// <param name="TokenType">Always Bearer.</param>
/// <param name="ExpiresAt">Unix seconds.</param>
internal sealed record LoginAnswer(string AccessToken, string TokenType, long ExpiresAt);

/// <summary>Body of a verification, and of a logout that names its token.</summary>
internal sealed record TokenRequest(string? Token);

/// <summary>What the gateway gets for a valid token.</summary>
/// <param name="UserId">The user's id.</param>
/// <param name="Email">The user's address.</param>
/// <param name="Roles">The user's roles.</param>
/// <param name="Scopes">The token's scopes.</param>
/// <param name="Tier">The user's plan; absent for the ordinary one.</param>
/// <param name="ExpiresAt">Unix seconds; absent when the token does not end.</param>
internal sealed record VerifyAnswer(string UserId, string Email, string[] Roles, string[] Scopes, string? Tier, long? ExpiresAt);

/// <summary>
/// The demo's auth service. <c>/verify</c> is for the gateway alone and stands outside <c>/auth</c>, the only part that the
/// gateway lets callers reach.
/// </summary>
internal sealed class AuthService(DemoSessions sessions)
{
    private const string Bearer = "Bearer ";

    public void Map(IEndpointRouteBuilder routes, DemoAnswers answers)
    {
        foreach (string prefix in (string[])["", "/auth"])
        {
            routes.MapMethods(prefix + "/login", ["POST"], context => LoginAsync(context, answers));
            routes.MapMethods(prefix + "/logout", ["POST"], context => LogoutAsync(context, answers));
        }

        routes.MapMethods("/verify", ["POST"], context => VerifyAsync(context, answers));
    }

    private async Task LoginAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.Read(context, DemoJson.Default.LoginRequest) is not { } login)
        {
            return;
        }

        DemoUser? user = DemoUsers.All.FirstOrDefault(user => user.Id == login.Username && user.Password == login.Password);
        if (user is null)
        {
            await answers.Refuse(context, StatusCodes.Status401Unauthorized, "The username or the password is wrong.");
            return;
        }

        (string token, DemoSession session) = sessions.Issue(user);
        context.Response.Cookies.Append("access_token", token,
            new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/", Expires = session.ExpiresAt });
        var answer = new LoginAnswer(token, "Bearer", session.ExpiresAt!.Value.ToUnixTimeSeconds());
        await answers.Ok(context, answer, DemoJson.Default.DemoAnswerLoginAnswer);
    }

    private async Task LogoutAsync(HttpContext context, DemoAnswers answers)
    {
        string? token = BearerToken(context) ?? context.Request.Cookies["access_token"];
        if (token is null)
        {
            if (await answers.Read(context, DemoJson.Default.TokenRequest) is not { } named)
            {
                return;
            }

            token = named.Token;
        }

        if (token is not null && sessions.Revoke(token))
        {
            context.Response.Cookies.Delete("access_token");
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await answers.Refuse(context, StatusCodes.Status401Unauthorized, "There is no such token to revoke.");
    }

    private async Task VerifyAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.Read(context, DemoJson.Default.TokenRequest) is not { } request)
        {
            return;
        }

        if (request.Token is null || sessions.Find(request.Token) is not { } session)
        {
            await answers.Refuse(context, StatusCodes.Status401Unauthorized, "The token is unknown, revoked or expired.");
            return;
        }

        DemoUser user = session.User;
        var answer = new VerifyAnswer(user.Id, user.Email, user.Roles, [], user.Tier, session.ExpiresAt?.ToUnixTimeSeconds());
        await context.Response.WriteAsJsonAsync(answer, DemoJson.Default.VerifyAnswer, cancellationToken: context.RequestAborted);
    }

    private static string? BearerToken(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;
    }
}
