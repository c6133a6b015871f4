namespace Gateway.Host.Demo;

/// <summary>A notification.</summary>
/// <param name="Id">From 1 on, for each user.</param>
/// <param name="Message">What it says.</param>
internal sealed record Notification(int Id, string Message);

/// <summary>Body of a new notification.</summary>
internal sealed record NotificationRequest(string? Message);

/// <summary>The demo's notification service: <c>/notifications</c> of the calling user. Everyone begins with a welcome.</summary>
internal sealed class NotifyService
{
    private readonly UserShelf<Notification> _notifications = new(static user => [new Notification(1, $"Welcome, {user}.")]);

    public void Map(IEndpointRouteBuilder routes, DemoAnswers answers)
    {
        routes.MapMethods("/notifications", ["GET", "HEAD"], context => ListAsync(context, answers));
        routes.MapMethods("/notifications", ["POST"], context => AddAsync(context, answers));
    }

    private async Task ListAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is { } user)
        {
            await answers.Ok(context, _notifications.All(user), DemoJson.Default.DemoAnswerNotificationArray);
        }
    }

    private async Task AddAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is not { } user
            || await answers.Read(context, DemoJson.Default.NotificationRequest) is not { } request)
        {
            return;
        }

        if (request.Message is not { Length: > 0 and <= DemoLimits.Text } message)
        {
            await answers.Refuse(context, StatusCodes.Status400BadRequest, $"message takes 1 to {DemoLimits.Text} characters.");
            return;
        }

        await (_notifications.Add(user, id => new Notification(id, message)) is { } notification
            ? answers.Created(context, notification, DemoJson.Default.DemoAnswerNotification)
            : answers.Refuse(context, StatusCodes.Status409Conflict, $"A user has at most {DemoLimits.ItemsPerUser} notifications."));
    }
}
