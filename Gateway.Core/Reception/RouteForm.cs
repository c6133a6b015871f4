using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Core.Reception;

/// <summary>
/// The part of reception that depends on the route: encoded slashes (400), the protocol to go on in, and the size of the body, early by its length (413)
/// while chunked ones are counted as they are sent on.
/// </summary>
internal sealed class RouteForm(GatewayStep next)
{
    public Task InvokeAsync(GatewayContext context)
    {
        if (context.HasEncodedSlash && context.Route?.Options.EncodedSlash != EncodedSlash.Keep)
        {
            return context.Refuse(GatewayError.BadRequest, "The path contains an encoded slash.");
        }

        if (context.Route is not { } route)
        {
            return next(context);
        }

        long? limit = route.MaxRequestBodyBytes;
        if (context.Http.Request.ContentLength > limit)
        {
            return context.Refuse(GatewayError.BodyTooLarge, $"At most {limit} bytes are taken here.");
        }

        if (context.UpgradeForm != UpgradeForm.None)
        {
            context.Upgrade = UpgradeRequest.Choose(context, route);
            if (context.Upgrade is null && context.UpgradeForm == UpgradeForm.ExtendedConnect)
            {
                // An Upgrade may be ignored, but a CONNECT means nothing else.
                return context.Refuse(GatewayError.BadRequest, "This route does not take that protocol.");
            }
        }

        // Kestrel's own limit counts the framing of chunks too, so a body just below the limit would be refused: the forwarder counts.
        if ((context.CanHaveBody || context.UpgradeForm != UpgradeForm.None)
            && context.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        return next(context);
    }
}
