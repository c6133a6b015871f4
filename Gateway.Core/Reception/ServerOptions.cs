using Gateway.Core.Context;

namespace Gateway.Core.Reception;

/// <summary><c>OPTIONS *</c> asks about the server, not about any path (RFC 9110 §9.3.7): the gateway is that server, and answers.</summary>
internal sealed class ServerOptions(GatewayStep next)
{
    public Task InvokeAsync(GatewayContext context)
    {
        if (context.Path != "*")
        {
            return next(context);
        }

        MaxForwards.AnswerOptions(context, RequestForm.Methods);
        return Task.CompletedTask;
    }
}
