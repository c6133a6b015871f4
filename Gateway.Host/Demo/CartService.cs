using System.Globalization;

namespace Gateway.Host.Demo;

/// <summary>One line of a cart; also the body that sets it.</summary>
/// <param name="ProductId">The product's id.</param>
/// <param name="Quantity">1–1,000.</param>
internal sealed record CartLine(int ProductId, int Quantity);

/// <summary>The demo's cart service: <c>/cart</c> of the calling user; POST sets a line, DELETE takes one out.</summary>
internal sealed class CartService
{
    private const int MaxQuantity = 1_000;

    private readonly UserShelf<CartLine> _carts = new(static _ => []);

    public void Map(IEndpointRouteBuilder routes, DemoAnswers answers)
    {
        routes.MapMethods("/cart", ["GET", "HEAD"], context => ShowAsync(context, answers));
        routes.MapMethods("/cart", ["POST"], context => PutAsync(context, answers));
        routes.MapMethods("/cart/{id:int}", ["DELETE"], context => TakeOutAsync(context, answers));
    }

    private async Task ShowAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is { } user)
        {
            await answers.Ok(context, _carts.All(user), DemoJson.Default.DemoAnswerCartLineArray);
        }
    }

    private async Task PutAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is not { } user
            || await answers.Read(context, DemoJson.Default.CartLine) is not { } line)
        {
            return;
        }

        if (line is not { ProductId: > 0, Quantity: >= 1 and <= MaxQuantity })
        {
            await answers.Refuse(context, StatusCodes.Status400BadRequest,
                $"A line has a product_id and a quantity from 1 to {MaxQuantity}.");
            return;
        }

        await (_carts.Replace(user, other => other.ProductId == line.ProductId, line)
            ? answers.Created(context, line, DemoJson.Default.DemoAnswerCartLine)
            : answers.Refuse(context, StatusCodes.Status409Conflict, $"A cart holds at most {DemoLimits.ItemsPerUser} lines."));
    }

    private async Task TakeOutAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is { } user)
        {
            int id = int.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);
            _carts.Replace(user, line => line.ProductId == id, item: null);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }
}
