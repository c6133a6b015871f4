using System.Globalization;

namespace Gateway.Host.Demo;

/// <summary>Body of a new or changed product.</summary>
internal sealed record ProductChange(string? Name, long PriceCents);

/// <summary>The demo's product service: <c>/products</c>. That anyone reads and only admins write is the gateway's rule.</summary>
internal sealed class ProductService(ProductCatalogue catalogue)
{
    public void Map(IEndpointRouteBuilder routes, DemoAnswers answers)
    {
        routes.MapMethods("/products", ["GET", "HEAD"], context =>
            answers.Ok(context, catalogue.Search(context.Request.Query["q"]), DemoJson.Default.DemoAnswerProductArray));
        routes.MapMethods("/products", ["POST"], context => AddAsync(context, answers));
        routes.MapMethods("/products/{id:int}", ["GET", "HEAD"], context => Show(context, answers, catalogue.Find(Id(context))));
        routes.MapMethods("/products/{id:int}", ["PUT"], context => ChangeAsync(context, answers));
        routes.MapMethods("/products/{id:int}", ["DELETE"], context => Remove(context, answers));
        BigBodies.Map(routes, answers);
    }

    private static int Id(HttpContext context) => int.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);

    private static Task Show(HttpContext context, DemoAnswers answers, Product? product) => product is null
        ? answers.Refuse(context, StatusCodes.Status404NotFound, "There is no such product.")
        : answers.Ok(context, product, DemoJson.Default.DemoAnswerProduct);

    private async Task AddAsync(HttpContext context, DemoAnswers answers)
    {
        if (await ReadAsync(context, answers) is not { } change)
        {
            return;
        }

        await (catalogue.Add(change.Name!, change.PriceCents) is { } product
            ? answers.Created(context, product, DemoJson.Default.DemoAnswerProduct)
            : answers.Refuse(context, StatusCodes.Status409Conflict, $"The catalogue holds at most {DemoLimits.Products} products."));
    }

    private async Task ChangeAsync(HttpContext context, DemoAnswers answers)
    {
        if (await ReadAsync(context, answers) is { } change)
        {
            await Show(context, answers, catalogue.Change(Id(context), change.Name!, change.PriceCents));
        }
    }

    private Task Remove(HttpContext context, DemoAnswers answers)
    {
        if (!catalogue.Remove(Id(context)))
        {
            return Show(context, answers, product: null);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static async Task<ProductChange?> ReadAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.Read(context, DemoJson.Default.ProductChange) is not { } change)
        {
            return null;
        }

        if (change is { Name.Length: > 0 and <= DemoLimits.Text, PriceCents: >= 0 })
        {
            return change;
        }

        await answers.Refuse(context, StatusCodes.Status400BadRequest,
            $"A product has a name of 1 to {DemoLimits.Text} characters and a price_cents of 0 or more.");
        return null;
    }
}
