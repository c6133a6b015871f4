using System.Globalization;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Reception;

/// <summary>
/// OPTIONS that ends at the gateway (RFC 9110 §7.6.2 and §9.3.7): with <c>Max-Forwards: 0</c> the gateway is the last that may answer.
/// Stands behind authentication and routing, so that it tells no more than a refused method would. A higher number goes on, one less.
/// </summary>
internal sealed class MaxForwards(GatewayStep next)
{
    public const string Header = "Max-Forwards";

    public Task InvokeAsync(GatewayContext context)
    {
        HttpRequest request = context.Http.Request;
        if (!HttpMethods.IsOptions(request.Method) || request.Headers[Header] is not { Count: > 0 } sent)
        {
            return next(context);
        }

        switch (Read(sent))
        {
            case null:
                return context.Refuse(GatewayError.BadRequest, "Max-Forwards is not a number.");
            case 0:
                AnswerOptions(context, context.Route?.Options.Methods is { Count: > 0 } methods ? string.Join(", ", methods) : RequestForm.Methods);
                return Task.CompletedTask;
            case { } hops:
                context.MaxForwards = hops - 1;
                return next(context);
        }
    }

    /// <summary>Success without content; RFC 9110 §8.6 has an empty answer say so by its length.</summary>
    public static void AnswerOptions(GatewayContext context, string allow)
    {
        HttpResponse response = context.Http.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.Headers.Allow = allow;
        response.ContentLength = 0;
    }

    /// <summary>One value of digits; a number too large to hold counts as the largest, as the RFC allows. Null when it is no number.</summary>
    private static int? Read(StringValues sent)
    {
        if (sent.Count != 1 || sent[0] is not { Length: > 0 } text || text.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int hops) ? hops : int.MaxValue;
    }
}
