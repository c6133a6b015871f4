using System.Globalization;

namespace Gateway.Host.Demo;

/// <summary>An order.</summary>
/// <param name="Id">From 1 on, for each user.</param>
/// <param name="Status">placed, or delivered.</param>
/// <param name="Lines">What was ordered.</param>
internal sealed record Order(int Id, string Status, CartLine[] Lines);

/// <summary>Body of a new order.</summary>
internal sealed record OrderRequest(CartLine[]? Lines);

/// <summary>The demo's order service: <c>/orders</c> of the calling user. Everyone begins with one delivered order.</summary>
internal sealed class OrderService
{
    private const int MaxLines = 20;

    private readonly UserShelf<Order> _orders = new(static _ => [new Order(1, "delivered", [new CartLine(1, 1), new CartLine(3, 4)])]);

    public void Map(IEndpointRouteBuilder routes, DemoAnswers answers)
    {
        routes.MapMethods("/orders", ["GET", "HEAD"], context => ListAsync(context, answers));
        routes.MapMethods("/orders/{id:int}", ["GET", "HEAD"], context => ShowAsync(context, answers));
        routes.MapMethods("/orders", ["POST"], context => PlaceAsync(context, answers));
    }

    private async Task ListAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is { } user)
        {
            await answers.Ok(context, _orders.All(user), DemoJson.Default.DemoAnswerOrderArray);
        }
    }

    private async Task ShowAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is not { } user)
        {
            return;
        }

        int id = int.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);
        await (Array.Find(_orders.All(user), order => order.Id == id) is { } order
            ? answers.Ok(context, order, DemoJson.Default.DemoAnswerOrder)
            : answers.Refuse(context, StatusCodes.Status404NotFound, "There is no such order of yours."));
    }

    private async Task PlaceAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is not { } user
            || await answers.Read(context, DemoJson.Default.OrderRequest) is not { } request)
        {
            return;
        }

        if (request.Lines is not { Length: >= 1 and <= MaxLines } lines
            || lines.Any(static line => line is not { ProductId: > 0, Quantity: > 0 }))
        {
            await answers.Refuse(context, StatusCodes.Status400BadRequest,
                $"An order has 1 to {MaxLines} lines, each with a product_id and a quantity.");
            return;
        }

        await (_orders.Add(user, id => new Order(id, "placed", lines)) is { } order
            ? answers.Created(context, order, DemoJson.Default.DemoAnswerOrder)
            : answers.Refuse(context, StatusCodes.Status409Conflict, $"A user has at most {DemoLimits.ItemsPerUser} orders."));
    }
}
