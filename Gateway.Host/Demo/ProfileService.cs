namespace Gateway.Host.Demo;

/// <summary>A user as others see them.</summary>
internal sealed record Profile(string UserId, string DisplayName);

/// <summary>Body of a change.</summary>
internal sealed record ProfileChange(string? DisplayName);

/// <summary>The demo's profile service: <c>/profile</c> of the calling user, GET and PUT.</summary>
internal sealed class ProfileService
{
    private readonly UserShelf<Profile> _profiles =
        new(static user => [new Profile(user, char.ToUpperInvariant(user[0]) + user[1..])]);

    public void Map(IEndpointRouteBuilder routes, DemoAnswers answers)
    {
        routes.MapMethods("/profile", ["GET", "HEAD"], context => ShowAsync(context, answers));
        routes.MapMethods("/profile", ["PUT"], context => ChangeAsync(context, answers));
    }

    private async Task ShowAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is { } user)
        {
            await answers.Ok(context, _profiles.All(user)[0], DemoJson.Default.DemoAnswerProfile);
        }
    }

    private async Task ChangeAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is not { } user
            || await answers.Read(context, DemoJson.Default.ProfileChange) is not { } change)
        {
            return;
        }

        if (change.DisplayName is not { Length: > 0 and <= DemoLimits.Text } name)
        {
            await answers.Refuse(context, StatusCodes.Status400BadRequest, $"display_name takes 1 to {DemoLimits.Text} characters.");
            return;
        }

        var profile = new Profile(user, name);
        _profiles.Replace(user, static _ => true, profile);
        await answers.Ok(context, profile, DemoJson.Default.DemoAnswerProfile);
    }
}
