namespace Gateway.Host.Demo;

/// <summary>A payment.</summary>
/// <param name="Id">From 1 on, for each user.</param>
/// <param name="OrderId">What it pays.</param>
/// <param name="AmountCents">In hundredths of the currency.</param>
internal sealed record Payment(int Id, int OrderId, long AmountCents);

/// <summary>Body of a new payment.</summary>
internal sealed record PaymentRequest(int OrderId, long AmountCents);

/// <summary>The demo's payment service: <c>/payments</c> of the calling user. Everyone has paid their first order.</summary>
internal sealed class PaymentService
{
    private readonly UserShelf<Payment> _payments = new(static _ => [new Payment(1, 1, 5_300)]);

    public void Map(IEndpointRouteBuilder routes, DemoAnswers answers)
    {
        routes.MapMethods("/payments", ["GET", "HEAD"], context => ListAsync(context, answers));
        routes.MapMethods("/payments", ["POST"], context => PayAsync(context, answers));
    }

    private async Task ListAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is { } user)
        {
            await answers.Ok(context, _payments.All(user), DemoJson.Default.DemoAnswerPaymentArray);
        }
    }

    private async Task PayAsync(HttpContext context, DemoAnswers answers)
    {
        if (await answers.User(context) is not { } user
            || await answers.Read(context, DemoJson.Default.PaymentRequest) is not { } request)
        {
            return;
        }

        if (request is not { OrderId: > 0, AmountCents: > 0 })
        {
            await answers.Refuse(context, StatusCodes.Status400BadRequest, "A payment has an order_id and an amount_cents above 0.");
            return;
        }

        await (_payments.Add(user, id => new Payment(id, request.OrderId, request.AmountCents)) is { } payment
            ? answers.Created(context, payment, DemoJson.Default.DemoAnswerPayment)
            : answers.Refuse(context, StatusCodes.Status409Conflict, $"A user has at most {DemoLimits.ItemsPerUser} payments."));
    }
}
