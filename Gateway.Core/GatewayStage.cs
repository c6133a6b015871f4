using Gateway.Core.Context;

namespace Gateway.Core;

/// <summary>Where an application's own stage stands among the gateway's.</summary>
public enum StagePosition
{
    /// <summary>The request is well formed and no preflight; nobody has asked who is calling, and no limit was asked. Its route is known if there is
    /// one.</summary>
    BeforeAuthentication,

    /// <summary>Who is calling is known, and they may ask; limits by user were not asked. Its route is known if there is one.</summary>
    AfterAuthentication,

    /// <summary>There is a route, all limits let the request pass, and an instance is to be chosen. Once for each request, however many
    /// attempts follow.</summary>
    BeforeProxying,
}

/// <summary>
/// A stage of an application's own. It refuses with <see cref="GatewayContext.Refuse"/>, answers by itself through
/// <see cref="GatewayContext.Http"/>, or goes on by calling the step that it was made with; whichever it does, it does once. When that step has
/// returned, the first attempt is over: further ones, if it failed and may be repeated, follow when all stages have returned.
/// </summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Make">Makes the step, of all that comes after it. Called once for each configuration.</param>
public sealed record GatewayStage(StagePosition Position, Func<GatewayStep, GatewayStep> Make);
